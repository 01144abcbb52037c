import {
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { forEachSettled } from '../../core/for-each-settled.js';
import type { Increment, JournalName } from '../../core/journal.js';
import type { CounterShards } from '../../core/ports.js';
import {
  COUNTERS_TABLE,
  lsnAttribute,
  minuteValueAttribute,
  minuteValueMinusEventsAttribute,
  shardSort,
} from '../../core/table-schema.js';
import { HOUR_MS, floorTo, sliceOfHour } from '../../core/time.js';
import { expirySeconds, integer, text } from './attributes.js';
import { DYNAMODB_CONCURRENCY_MAX } from './clients.js';
import { didWrite } from './conditional-write.js';
import type { WritePacer } from './write-pacer.js';

const { partitionKey, sortKey } = COUNTERS_TABLE;

/** An hour's item stays under 1 KB: one write unit, however many of its minutes an update touches. */
const UNITS_PER_INCREMENT = 1;

/** Counter shards as items: the partition is the counter, the sort key `hour#lane`. */
export class DynamoDbCounterShards implements CounterShards {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #pacer: WritePacer;

  public constructor(options: { client: DynamoDBClient; tableName: string; pacer: WritePacer }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#pacer = options.pacer;
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
