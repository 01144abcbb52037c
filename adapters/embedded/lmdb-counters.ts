import type { Transaction } from 'lmdb';
import type { Increment, JournalName, MinuteIncrement } from '../../core/journal.js';
import type { Clock, CounterRange, CounterReader, CounterShards, ShardHour } from '../../core/ports.js';
import { HOUR_MS, floorTo, sliceOfHour } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import type { CountData, ShardKey } from './open-data.js';
import {
  addToShard,
  adjustmentItem,
  expiresAtMsOfItem,
  minutesOfItem,
  type ShardItem,
} from './shard-item.js';

/** Stands where a shard's key has its lane, for the audit's shard. */
export const ADJUSTMENT_LANE = 'audit';

/**
 * Counter shards in LMDB: one item per hour, counter and lane.
 *
 * The hour stands first in the key. Counting writes to few hours at a time, so the pages it touches lie together however
 * many counters and days there are; expired hours stand in front; and a query pays one look-up per hour.
 */
export class LmdbCounters implements CounterShards, CounterReader {
  public constructor(
    private readonly data: CountData,
    private readonly clock: Clock,
  ) {}

  public async apply(
    { lane, sliceStartMs }: JournalName,
    number: number,
    increments: readonly Increment[],
    expiresAtMs: number,
  ): Promise<void> {
    if (increments.length === 0) return;
    const hourStartMs = floorTo(sliceStartMs, HOUR_MS);
    const slice = sliceOfHour(sliceStartMs);
    await commit(this.data, () => {
      // Compute all, then write all: an overflow found half-way must leave nothing behind.
      const changes: [ShardKey, ShardItem][] = [];
      for (const { counter, minutes } of increments) {
        const key: ShardKey = [hourStartMs, counter, lane];
        const item = addToShard(this.data.shards.get(key), { counter, minutes, slice, number, expiresAtMs });
        if (item !== null) changes.push([key, item]);
      }
      for (const [key, item] of changes) void this.data.shards.put(key, item);
    });
  }

  /** Write the audit's shard of a counter's hour: absolute, so a later one replaces it. */
  public async adjust(
    counter: string,
    hourStartMs: number,
    minutes: readonly MinuteIncrement[],
    expiresAtMs: number,
  ): Promise<void> {
    const item = adjustmentItem(minutes, expiresAtMs);
    await commit(this.data, () => void this.data.shards.put([hourStartMs, counter, ADJUSTMENT_LANE], item));
  }

  public async *readShards({ counter, fromMs, toMs }: CounterRange): AsyncIterable<ShardHour> {
    readFresh(this.data);
    const transaction = this.data.environment.useReadTransaction();
    try {
      const nowMs = this.clock.nowMs();
      let hourStartMs = this.nextHour(fromMs ?? Number.MIN_SAFE_INTEGER, transaction);
      while (hourStartMs < (toMs ?? Number.MAX_SAFE_INTEGER)) {
        yield* this.shardsOfHour(hourStartMs, counter, nowMs, transaction);
        hourStartMs = this.nextHour(hourStartMs + HOUR_MS, transaction);
      }
    } finally {
      transaction.done();
    }
  }

  /** The first hour at or after an instant for which there is any counter's shard. */
  private nextHour(fromMs: number, transaction: Transaction): number {
    const first = this.data.shards.getKeys({ start: [fromMs, '', 0], limit: 1, transaction });
    for (const [hourStartMs] of first) return hourStartMs;
    return Number.MAX_SAFE_INTEGER;
  }

  private *shardsOfHour(
    hourStartMs: number,
    counter: string,
    nowMs: number,
    transaction: Transaction,
  ): Iterable<ShardHour> {
    const range = this.data.shards.getRange({
      start: [hourStartMs, counter, Number.MIN_SAFE_INTEGER],
      end: [hourStartMs, counter, ADJUSTMENT_LANE],
      inclusiveEnd: true,
      transaction,
    });
    for (const { key, value } of range) {
      if (expiresAtMsOfItem(value) <= nowMs) continue;
      yield { hourStartMs, isAdjustment: key[2] === ADJUSTMENT_LANE, minutes: minutesOfItem(value) };
    }
  }
}
