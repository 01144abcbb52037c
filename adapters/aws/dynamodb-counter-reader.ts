import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, CounterRange, CounterReader, ShardHour } from '../../core/ports.js';
import { COUNTERS_TABLE, hourName } from '../../core/table-schema.js';
import { INSTANT_MS_MAX, INSTANT_MS_MIN } from '../../core/time.js';
import { text } from './attributes.js';
import { isExpired, shardHourOf } from './counter-shard-item.js';
import { queryItems } from './query-items.js';

const { partitionKey, sortKey } = COUNTERS_TABLE;

/** Reads a counter's shards: one query, as they lie side by side. */
export class DynamoDbCounterReader implements CounterReader {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #clock: Clock;

  public constructor(options: { client: DynamoDBClient; tableName: string; clock: Clock }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#clock = options.clock;
  }

  public async *readShards({ counter, fromMs, toMs, consistency }: CounterRange): AsyncGenerator<ShardHour> {
    const fromHour = hourName(fromMs ?? INSTANT_MS_MIN);
    const toHour = hourName(Math.min(toMs ?? INSTANT_MS_MAX, INSTANT_MS_MAX));
    // DynamoDB refuses a range that ends before it begins; to us it is an empty one.
    if (fromHour >= toHour) return;
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#counter = :counter AND #shard BETWEEN :fromHour AND :toHour',
      ExpressionAttributeNames: { '#counter': partitionKey.name, '#shard': sortKey.name },
      ExpressionAttributeValues: {
        ':counter': text(counter),
        // An hour's name sorts before all its shards, so the upper bound leaves its own hour out: half-open.
        ':fromHour': text(fromHour),
        ':toHour': text(toHour),
      },
      ConsistentRead: consistency === 'strong',
    });
    for await (const item of items) {
      if (!isExpired(item, this.#clock.nowMs())) yield shardHourOf(item);
    }
  }
}
