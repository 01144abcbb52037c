import {
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { forEachSettled } from '../../core/for-each-settled.js';
import type { Increment, JournalName } from '../../core/journal.js';
import type { Clock, CounterRange, CounterReader, CounterShards, ShardHour } from '../../core/ports.js';
import {
  COUNTERS_TABLE,
  hourName,
  lsnAttribute,
  minuteValueAttribute,
  minuteValueMinusEventsAttribute,
  parseShardSort,
  shardSort,
} from '../../core/table-schema.js';
import { HOUR_MS, INSTANT_MS_MAX, INSTANT_MS_MIN, floorTo, sliceOfHour } from '../../core/time.js';
import { asInteger, expirySeconds, integer, readInteger, readText, text, type Item } from './attributes.js';
import { DYNAMODB_CONCURRENCY_MAX } from './clients.js';
import { didWrite } from './conditional-write.js';
import { queryItems } from './query-items.js';
import type { WritePacer } from './write-pacer.js';

const { partitionKey, sortKey } = COUNTERS_TABLE;

/** An hour's item stays under 1 KB: one write unit, however many of its minutes an update touches. */
const UNITS_PER_INCREMENT = 1;

const MINUTES = Array.from({ length: 60 }, (_, minute) => minute);

/** Counter shards as items: the partition is the counter, the sort key `hour#lane`. */
export class DynamoDbCounters implements CounterShards, CounterReader {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #pacer: WritePacer;
  readonly #clock: Clock;

  public constructor(options: {
    client: DynamoDBClient;
    tableName: string;
    pacer: WritePacer;
    clock: Clock;
  }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#pacer = options.pacer;
    this.#clock = options.clock;
  }

  public async apply(
    journal: JournalName,
    number: number,
    increments: readonly Increment[],
    expiresAtMs: number,
  ): Promise<void> {
    await forEachSettled(increments, DYNAMODB_CONCURRENCY_MAX, async (increment) => {
      const update = new UpdateItemCommand({
        TableName: this.#tableName,
        ...updateOf(journal, number, increment, expiresAtMs),
      });
      // A condition that fails says that the increment was applied before: that is what was asked for.
      await didWrite(this.#pacer.run(UNITS_PER_INCREMENT, () => this.#client.send(update)));
    });
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

/**
 * One update that adds all minutes of an increment, once: ADD alone is not idempotent, `lsn` makes it so.
 *
 * Size: an entry's slice has five minutes; even all 60 of an hour make an expression of about 1 KB, where 4 KB are allowed.
 */
function updateOf(
  { lane, sliceStartMs }: JournalName,
  number: number,
  { counter, minutes }: Increment,
  expiresAtMs: number,
): Omit<UpdateItemCommandInput, 'TableName'> {
  const additions = minutes.flatMap(({ minute, value, events }) => [
    // Also when it adds nothing: the attribute says that the minute has events.
    { attribute: minuteValueAttribute(minute), by: value },
    ...(value === events ? [] : [{ attribute: minuteValueMinusEventsAttribute(minute), by: value - events }]),
  ]);
  const noEntryOfThisSliceWasApplied = 'attribute_not_exists(#lsn)';
  const onlyEarlierEntriesWereApplied = '#lsn < :number';
  return {
    Key: {
      [partitionKey.name]: text(counter),
      [sortKey.name]: text(shardSort(floorTo(sliceStartMs, HOUR_MS), lane)),
    },
    UpdateExpression:
      `SET #lsn = :number, #expiresAtSeconds = :expiresAtSeconds ` +
      `ADD ${additions.map(({ attribute }) => `${attribute} :${attribute}`).join(', ')}`,
    ConditionExpression: `${noEntryOfThisSliceWasApplied} OR ${onlyEarlierEntriesWereApplied}`,
    ExpressionAttributeNames: {
      '#lsn': lsnAttribute(sliceOfHour(sliceStartMs)),
      '#expiresAtSeconds': COUNTERS_TABLE.expiresAtSeconds,
    },
    ExpressionAttributeValues: {
      ':number': integer(number),
      ':expiresAtSeconds': expirySeconds(expiresAtMs),
      ...Object.fromEntries(
        additions.map(({ attribute, by }): [string, AttributeValue] => [`:${attribute}`, integer(by)]),
      ),
    },
  };
}

/** Time to live deletes days late. What has expired is gone, whether or not it is still there. */
const isExpired = (item: Item, nowMs: number): boolean =>
  readInteger(item, COUNTERS_TABLE.expiresAtSeconds) * 1_000 <= nowMs;

function shardHourOf(item: Item): ShardHour {
  const { hourStartMs, lane } = parseShardSort(readText(item, sortKey.name));
  const minutes = MINUTES.flatMap((minute) => {
    const value = asInteger(item[minuteValueAttribute(minute)]);
    if (value === undefined) return [];
    const valueMinusEvents = asInteger(item[minuteValueMinusEventsAttribute(minute)]) ?? 0;
    return [{ minute, value, events: value - valueMinusEvents }];
  });
  return { hourStartMs, isAdjustment: lane === null, minutes };
}
