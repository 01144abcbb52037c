import { forEachSettled } from '../../core/for-each-settled.js';
import { DAY_MS, dayStartMs } from '../../core/time.js';
import type { Adjustment, ShardScan, ShardSum } from '../../core/audit/ports.js';
import type { Increment, JournalName } from '../../core/journal.js';
import type { CounterRange, CounterReader, CounterShards, ShardHour } from '../../core/ports.js';
import type { Network } from './network.js';
import { labelOf } from './simulated-journals.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import type { Tally } from './truth.js';
import { minuteKeyOf } from './truth.js';
import type { Witness } from './witness.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SLICE_MS = 5 * MINUTE_MS;

/** What an eventually consistent read may miss: the last writes of a second. */
export const STALE_MS = 1_000;

type Minutes = ReadonlyMap<number, Readonly<Tally>>;

interface HourItem {
  readonly counter: string;
  readonly hourStartMs: number;
  readonly expiresAtMs: number;
  /** The audit's shard, and no lane's. */
  readonly isAdjustment: boolean;
  readonly minutes: Minutes;
  /** The newest applied entry, by slice of the hour. */
  readonly lsns: ReadonlyMap<number, number>;
}

/** An item and what it was before its last write. */
interface Versions {
  readonly current: HourItem;
  readonly previous: HourItem | undefined;
  readonly writtenAtMs: number;
}

/** Items in one page of a scan. */
const PAGE_ITEMS = 16;

/** Updates that one `apply` has under way at the same time. */
const CONCURRENCY = 4;

/** The counters table, as DynamoDB keeps it: an item per counter, hour and lane, and conditional updates of one item at a time. */
export class SimulatedCounters {
  readonly #itemsByCounter = new Map<string, Map<string, Versions>>();
  #lastDamaged: HourItem | undefined;

  public constructor(
    private readonly witness: Witness,
    private readonly nowMs: () => number,
  ) {}

  /** The ports, as one process holds them. */
  public portOf(caller: Process, network: Network): CounterShards & CounterReader {
    return {
      apply: (journal, number, increments, expiresAtMs) =>
        forEachSettled(increments, CONCURRENCY, async (increment) => {
          await network.call({
            caller,
            what: `apply entry ${number} of ${labelOf(journal)} to ${increment.counter}`,
            effect: () => this.#update({ journal, number, increment, expiresAtMs }),
          });
        }),
      readShards: (range) => this.#readShards({ caller, network }, range),
    };
  }

  /** For what is most likely applied: read, perhaps from before the last writes, and apply what is missing. */
  public settledPortOf(caller: Process, network: Network): CounterShards {
    const shards = this.portOf(caller, network);
    return {
      apply: async (journal, number, increments, expiresAtMs) => {
        const missing = await network.call({
          caller,
          what: `read whether entry ${number} of ${labelOf(journal)} is applied`,
          effect: () => increments.filter(({ counter }) => this.#lsnSeen(journal, counter) < number),
        });
        await shards.apply(journal, number, missing, expiresAtMs);
      },
    };
  }

  #lsnSeen({ sliceStartMs, lane }: JournalName, counter: string): number {
    const hourStartMs = Math.floor(sliceStartMs / HOUR_MS) * HOUR_MS;
    const versions = this.#itemsByCounter.get(counter)?.get(`${hourStartMs}#${lane}`);
    const seen = versions === undefined ? undefined : this.#perhapsStale(versions);
    return seen?.lsns.get((sliceStartMs - hourStartMs) / SLICE_MS) ?? 0;
  }

  public names(): IterableIterator<string> {
    return this.#itemsByCounter.keys();
  }

  /** Every item, page by page, while others write. */
  public scanOf(caller: Process, network: Network): ShardScan {
    const page = (day: string, after: string): Promise<ScannedItem[]> =>
      network.call({ caller, what: `scan shards of ${day}`, effect: () => this.#page(day, after) });
    return {
      scanDay: async function* (day): AsyncGenerator<ShardSum> {
        let items: ScannedItem[] = [];
        do {
          items = await page(day, items.at(-1)?.key ?? '');
          for (const { shard } of items) yield shard;
        } while (items.length === PAGE_ITEMS);
      },
    };
  }

  /** Write the audit's shard of a counter's hour: absolute, it replaces what is there. */
  public adjust({ counter, hourStartMs, minutes }: Adjustment, expiresAtMs: number): void {
    const tallies = minutes.map(({ minute, value, events }) => [minute, { value, events }] as const);
    this.#put(`${hourStartMs}#audit`, {
      counter,
      hourStartMs,
      expiresAtMs,
      isAdjustment: true,
      minutes: new Map(tallies),
      lsns: new Map(),
    });
  }

  /** Somebody, or a disk, takes an event from an item of an open day. False: there is none. */
  public damage(random: Random, isOpen: (timeMs: number) => boolean): boolean {
    const items = [...this.#versions()]
      .map(({ current }) => current)
      .filter(({ hourStartMs, isAdjustment, minutes }) => {
        const first = [...minutes.values()][0];
        return !isAdjustment && isOpen(hourStartMs) && first !== undefined && first.events > 0;
      });
    if (items.length === 0) return false;
    // What broke once breaks again.
    const again = items.find((item) => item === this.#lastDamaged);
    const item = again !== undefined && random.chance(0.5) ? again : random.pick(items);
    const minutes = new Map(item.minutes);
    const [[minute, { value, events }] = [0, { value: 0, events: 1 }]] = minutes;
    minutes.set(minute, { value: value - 3, events: events - 1 });
    this.#lastDamaged = { ...item, minutes };
    const lanes = this.#itemsByCounter.get(item.counter) ?? [];
    for (const [key, { current }] of lanes) if (current === item) this.#put(key, this.#lastDamaged);
    return true;
  }

  /** What adjustments say, minute by minute. */
  public adjustments(): Map<string, Tally> {
    return this.#sums(({ isAdjustment }) => isAdjustment);
  }

  /** Every counter's minutes, over all lanes: what the table says when nobody is writing. */
  public tallies(): Map<string, Tally> {
    return this.#sums(({ isAdjustment }) => !isAdjustment);
  }

  #sums(isWanted: (item: HourItem) => boolean): Map<string, Tally> {
    const tallies = new Map<string, Tally>();
    for (const { current } of this.#versions()) {
      if (!isWanted(current)) continue;
      for (const [minute, { value, events }] of current.minutes) {
        const key = minuteKeyOf(current.counter, current.hourStartMs + minute * MINUTE_MS);
        const tally = tallies.get(key) ?? { value: 0, events: 0 };
        tallies.set(key, { value: tally.value + value, events: tally.events + events });
      }
    }
    return tallies;
  }

  /** Time to live: delete what has expired, each item or not as `isDue` says. */
  public expire(nowMs: number, isDue: () => boolean): void {
    for (const items of this.#itemsByCounter.values()) {
      for (const [key, { current }] of items) if (current.expiresAtMs <= nowMs && isDue()) items.delete(key);
    }
  }

  *#versions(): Generator<Versions> {
    for (const items of this.#itemsByCounter.values()) yield* items.values();
  }

  #update(update: {
    journal: JournalName;
    number: number;
    increment: Increment;
    expiresAtMs: number;
  }): 'applied' | 'known' {
    const { journal, number, increment, expiresAtMs } = update;
    const hourStartMs = Math.floor(journal.sliceStartMs / HOUR_MS) * HOUR_MS;
    const slice = (journal.sliceStartMs - hourStartMs) / SLICE_MS;
    const key = `${hourStartMs}#${journal.lane}`;
    const before = this.#itemsByCounter.get(increment.counter)?.get(key)?.current;
    if ((before?.lsns.get(slice) ?? 0) >= number) return 'known';
    this.witness.onApply(journal, number, increment);
    this.#put(key, {
      counter: increment.counter,
      hourStartMs,
      expiresAtMs,
      isAdjustment: false,
      minutes: added(before?.minutes, increment),
      lsns: new Map(before?.lsns).set(slice, number),
    });
    return 'applied';
  }

  #put(key: string, current: HourItem): void {
    const items = this.#itemsByCounter.get(current.counter) ?? new Map<string, Versions>();
    this.#itemsByCounter.set(current.counter, items);
    items.set(key, { current, previous: items.get(key)?.current, writtenAtMs: this.nowMs() });
  }

  #page(day: string, after: string): ScannedItem[] {
    const startMs = dayStartMs(day);
    const items: { key: string; item: HourItem }[] = [];
    for (const [counter, versionsByKey] of this.#itemsByCounter) {
      for (const [key, { current: item }] of versionsByKey) {
        const isOfDay = item.hourStartMs >= startMs && item.hourStartMs < startMs + DAY_MS;
        if (isOfDay && `${counter}\n${key}` > after) items.push({ key: `${counter}\n${key}`, item });
      }
    }
    return items
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, PAGE_ITEMS)
      .map(({ key, item }) => ({ key, shard: { ...item, sum: sumOf(item.minutes) } }));
  }

  async *#readShards(
    { caller, network }: { caller: Process; network: Network },
    { counter, fromMs = -Infinity, toMs = Infinity, consistency }: CounterRange,
  ): AsyncGenerator<ShardHour> {
    const found = await network.call({
      caller,
      what: `query ${counter} ${consistency}`,
      effect: () =>
        [...(this.#itemsByCounter.get(counter)?.values() ?? [])]
          .map((versions) => (consistency === 'strong' ? versions.current : this.#perhapsStale(versions)))
          .filter((item) => item !== undefined)
          .filter(({ hourStartMs }) => hourStartMs >= fromMs && hourStartMs < toMs)
          .filter(({ expiresAtMs }) => expiresAtMs > this.nowMs())
          .sort((a, b) => a.hourStartMs - b.hourStartMs),
    });
    for (const { hourStartMs, isAdjustment, minutes } of found) {
      const rows = [...minutes].sort(([a], [b]) => a - b);
      yield {
        hourStartMs,
        isAdjustment,
        minutes: rows.map(([minute, tally]) => ({ minute, ...tally })),
      };
    }
  }

  #perhapsStale({ current, previous, writtenAtMs }: Versions): HourItem | undefined {
    return this.nowMs() - writtenAtMs < STALE_MS ? previous : current;
  }
}

interface ScannedItem {
  readonly key: string;
  readonly shard: ShardSum;
}

function sumOf(minutes: Minutes): Tally {
  const sum = { value: 0, events: 0 };
  for (const { value, events } of minutes.values()) {
    sum.value += value;
    sum.events += events;
  }
  return sum;
}

function added(before: Minutes | undefined, { minutes }: Increment): Minutes {
  const after = new Map(before);
  for (const { minute, value, events } of minutes) {
    const tally = after.get(minute) ?? { value: 0, events: 0 };
    after.set(minute, { value: tally.value + value, events: tally.events + events });
  }
  return after;
}
