import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  FenceLostError,
  type Adjustment,
  type Fence,
  type SealWriter,
  type SealedTotal,
  type TopSubject,
} from '../../core/audit/ports.js';
import type { Item } from './attributes.js';
import { adjustmentItem } from './counter-shard-item.js';
import { fenceCheck } from './days-item.js';
import { topItem } from './dynamodb-tops.js';
import { totalItem, totalsKey } from './dynamodb-totals.js';
import { TRANSACTION_ACTIONS_MAX, transact } from './transact.js';

/** A transaction holds 4 MB. */
const TRANSACTION_BYTES_MAX = 3 * 1024 * 1024;

export interface SealTables {
  readonly counters: string;
  readonly totals: string;
  readonly days: string;
}

/**
 * What a sealing audit writes. Each transaction checks the fence with its writes, so a run that was overtaken changes nothing.
 *
 * One transaction after the other: all of them check the same item, and side by side they would cancel each other.
 */
export class DynamoDbSealWriter implements SealWriter {
  readonly #client: DynamoDBClient;
  readonly #tables: SealTables;

  public constructor(options: { client: DynamoDBClient; tables: SealTables }) {
    this.#client = options.client;
    this.#tables = options.tables;
  }

  public putAdjustments(
    fence: Fence,
    adjustments: readonly Adjustment[],
    expiresAtMs: number,
  ): Promise<void> {
    return this.#write(
      fence,
      adjustments.map((adjustment) => put(this.#tables.counters, adjustmentItem(adjustment, expiresAtMs))),
    );
  }

  public putTotals(fence: Fence, totals: readonly SealedTotal[]): Promise<void> {
    return this.#write(
      fence,
      totals.map((total) => put(this.#tables.totals, totalItem(total, fence.runNumber))),
    );
  }

  public removeTotals(fence: Fence, counters: readonly string[]): Promise<void> {
    return this.#write(
      fence,
      counters.map((counter) => ({
        Delete: { TableName: this.#tables.totals, Key: totalsKey(counter, fence.day) },
      })),
    );
  }

  public putTop(
    fence: Fence,
    tops: readonly { type: string; subjects: readonly TopSubject[] }[],
  ): Promise<void> {
    return this.#write(
      fence,
      tops.map((top) => put(this.#tables.totals, topItem(fence, top))),
    );
  }

  async #write(fence: Fence, writes: readonly TransactWriteItem[]): Promise<void> {
    const check = fenceCheck(this.#tables.days, fence);
    for (const part of inTransactions(writes)) {
      const failed = await transact(this.#client, [check, ...part]);
      // The fence is the only condition there is.
      if (failed.length > 0) throw new FenceLostError(fence);
    }
  }
}

/** Each part with the check of its fence is a transaction's worth: in actions, and in bytes as JSON, which takes more than the item. */
function* inTransactions(writes: readonly TransactWriteItem[]): Iterable<TransactWriteItem[]> {
  let part: TransactWriteItem[] = [];
  let partBytes = 0;
  for (const write of writes) {
    const bytes = Buffer.byteLength(JSON.stringify(write));
    const isFull = part.length === TRANSACTION_ACTIONS_MAX - 1 || partBytes + bytes > TRANSACTION_BYTES_MAX;
    if (isFull && part.length > 0) {
      yield part;
      [part, partBytes] = [[], 0];
    }
    part.push(write);
    partBytes += bytes;
  }
  if (part.length > 0) yield part;
}

const put = (TableName: string, item: Item): TransactWriteItem => ({ Put: { TableName, Item: item } });
