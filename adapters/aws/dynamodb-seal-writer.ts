import { GetItemCommand, type DynamoDBClient, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  FenceLostError,
  type Adjustment,
  type Fence,
  type SealWriter,
  type SealedTotal,
  type TopReader,
  type TopSubject,
} from '../../core/audit/ports.js';
import { TOTALS_TABLE, topPartition, topSort } from '../../core/table-schema.js';
import type { Day } from '../../core/time.js';
import { integer, readText, text, type Item } from './attributes.js';
import { adjustmentItem } from './counter-shard-item.js';
import { fenceCheck } from './days-item.js';
import { DynamoDbLedger } from './dynamodb-ledger.js';
import { totalItem } from './dynamodb-totals.js';
import { TRANSACTION_ACTIONS_MAX, transact } from './transact.js';

const { partitionKey, sortKey } = TOTALS_TABLE;

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
export class DynamoDbSealWriter implements SealWriter, TopReader {
  readonly #client: DynamoDBClient;
  readonly #tables: SealTables;
  readonly #ledger: DynamoDbLedger;

  public constructor(options: { client: DynamoDBClient; tables: SealTables }) {
    this.#client = options.client;
    this.#tables = options.tables;
    this.#ledger = new DynamoDbLedger({ client: options.client, tableName: options.tables.days });
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
      tops.map(({ type, subjects }) =>
        put(this.#tables.totals, {
          ...totalsKey(topPartition(type), topSort(fence.day, fence.runNumber)),
          [TOTALS_TABLE.runNumber]: integer(fence.runNumber),
          [TOTALS_TABLE.subjects]: text(JSON.stringify(subjects.map(flat))),
        }),
      ),
    );
  }

  /** The run that sealed a day is its newest. */
  public async readTop(type: string, day: Day): Promise<TopSubject[] | null> {
    const [state] = await this.#ledger.listDays({ fromDay: day, toDay: day });
    if (state?.isSealed !== true) return null;
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#tables.totals,
        Key: totalsKey(topPartition(type), topSort(day, state.runNumber)),
        ConsistentRead: true,
      }),
    );
    if (Item === undefined) return [];
    return (JSON.parse(readText(Item, TOTALS_TABLE.subjects)) as FlatSubject[]).map(
      ([subject, value, events]) => ({ subject, value, events }),
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

const totalsKey = (partition: string, sort: string): Item => ({
  [partitionKey.name]: text(partition),
  [sortKey.name]: text(sort),
});

type FlatSubject = readonly [subject: string, value: number, events: number];

const flat = ({ subject, value, events }: TopSubject): FlatSubject => [subject, value, events];
