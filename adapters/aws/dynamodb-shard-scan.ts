import { ScanCommand, type DynamoDBClient, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { ShardScan, ShardSum } from '../../core/audit/ports.js';
import type { Clock } from '../../core/ports.js';
import { ZERO_SUM, addSums } from '../../core/query/sums.js';
import { COUNTERS_TABLE } from '../../core/table-schema.js';
import { DAY_MS, type Day } from '../../core/time.js';
import { expirySeconds, readText, text, type Item } from './attributes.js';
import { counterOfItem, isExpired, shardHourOf } from './counter-shard-item.js';

/** Time to live deletes within days. What is there a week after it expired says that it has stopped. */
const OVERDUE_MS = 7 * DAY_MS;

export interface Segment {
  /** 0 to `segmentCount` − 1. */
  readonly segment: number;
  readonly segmentCount: number;
}

const WHOLE: Segment = { segment: 0, segmentCount: 1 };

/**
 * Every counter shard of a day, by a scan of the whole table: a query would find only counters that somebody expects.
 *
 * DynamoDB filters, so little of other days crosses the network, though all of it is read and paid for. One page at a time is in
 * memory. Segments of one scan are disjoint, together they are everything, and each may be scanned by another process.
 */
export class DynamoDbShardScan implements ShardScan {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #clock: Clock;
  /** What was found, of any day, that should have been deleted a week ago. */
  public overdueCount = 0;

  public constructor(options: { client: DynamoDBClient; tableName: string; clock: Clock }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#clock = options.clock;
  }

  public async *scanDay(day: Day, segment: Segment = WHOLE): AsyncIterable<ShardSum> {
    const nowMs = this.#clock.nowMs();
    for await (const item of this.#items(day, segment, nowMs)) {
      if (isExpired(item, nowMs - OVERDUE_MS)) this.overdueCount++;
      else if (isOf(day, item) && !isExpired(item, nowMs)) yield shardSumOf(item);
    }
  }

  async *#items(day: Day, { segment, segmentCount }: Segment, nowMs: number): AsyncIterable<Item> {
    const isOfTheDay = 'begins_with(#shard, :day)';
    const isOverdue = '#expiresAtSeconds <= :overdue';
    const input: ScanCommandInput = {
      TableName: this.#tableName,
      FilterExpression: `${isOfTheDay} OR ${isOverdue}`,
      ExpressionAttributeNames: {
        '#shard': COUNTERS_TABLE.sortKey.name,
        '#expiresAtSeconds': COUNTERS_TABLE.expiresAtSeconds,
      },
      ExpressionAttributeValues: { ':day': text(day), ':overdue': expirySeconds(nowMs - OVERDUE_MS) },
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segmentCount,
    };
    let startKey: Item | undefined;
    do {
      const page = await this.#client.send(new ScanCommand({ ...input, ExclusiveStartKey: startKey }));
      yield* page.Items ?? [];
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }
}

const isOf = (day: Day, item: Item): boolean => readText(item, COUNTERS_TABLE.sortKey.name).startsWith(day);

function shardSumOf(item: Item): ShardSum {
  const { hourStartMs, isAdjustment, minutes } = shardHourOf(item);
  const sum = minutes.reduce((sums, minute) => addSums(sums, minute), ZERO_SUM);
  return { counter: counterOfItem(item), hourStartMs, isAdjustment, sum };
}
