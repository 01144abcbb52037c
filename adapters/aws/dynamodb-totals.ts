import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SealedTotal } from '../../core/audit/ports.js';
import type { CounterSum, DayTotal, TotalsReader } from '../../core/ports.js';
import { TOTALS_TABLE, hourValueAttribute, hourValueMinusEventsAttribute } from '../../core/table-schema.js';
import { dayOf, INSTANT_MS_MAX, INSTANT_MS_MIN } from '../../core/time.js';
import { asInteger, integer, readInteger, readText, text, type Item } from './attributes.js';
import { queryItems } from './query-items.js';

const { partitionKey, sortKey } = TOTALS_TABLE;

const DAY_MIN = dayOf(INSTANT_MS_MIN);
const DAY_MAX = dayOf(INSTANT_MS_MAX);

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Sealed days as items: the partition is the counter, the sort key the day. They never expire. */
export class DynamoDbTotals implements TotalsReader {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  public async *readTotals(range: Parameters<TotalsReader['readTotals']>[0]): AsyncGenerator<DayTotal> {
    const { counter, fromDay = DAY_MIN, toDay = DAY_MAX, consistency } = range;
    // DynamoDB refuses a range that ends before it begins; to us it is an empty one.
    if (fromDay > toDay) return;
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#counter = :counter AND #day BETWEEN :fromDay AND :toDay',
      ExpressionAttributeNames: { '#counter': partitionKey.name, '#day': sortKey.name },
      ExpressionAttributeValues: {
        ':counter': text(counter),
        ':fromDay': text(fromDay),
        ':toDay': text(toDay),
      },
      ConsistentRead: consistency === 'strong',
    });
    for await (const item of items) yield dayTotalOf(item);
  }

  public async readThrough({
    counter,
    day,
    consistency,
  }: Parameters<TotalsReader['readThrough']>[0]): Promise<CounterSum> {
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#counter = :counter AND #day <= :day',
      ExpressionAttributeNames: { '#counter': partitionKey.name, '#day': sortKey.name },
      ExpressionAttributeValues: { ':counter': text(counter), ':day': text(day) },
      ConsistentRead: consistency === 'strong',
      ScanIndexForward: false,
      Limit: 1,
    });
    for await (const item of items) {
      return readSum(item, TOTALS_TABLE.through, TOTALS_TABLE.throughMinusEvents) ?? { value: 0, events: 0 };
    }
    return { value: 0, events: 0 };
  }
}

export const totalsKey = (partition: string, sort: string): Item => ({
  [partitionKey.name]: text(partition),
  [sortKey.name]: text(sort),
});

/** A counter's day as an audit's run found it. */
export const totalItem = (total: SealedTotal, runNumber: number): Item => ({
  ...totalsKey(total.counter, total.day),
  [TOTALS_TABLE.runNumber]: integer(runNumber),
  [TOTALS_TABLE.isAdjusted]: { BOOL: total.isAdjusted },
  ...sumAttributes(TOTALS_TABLE.value, TOTALS_TABLE.valueMinusEvents, total),
  ...sumAttributes(TOTALS_TABLE.through, TOTALS_TABLE.throughMinusEvents, total.through),
  ...Object.fromEntries(
    total.hours.flatMap(({ hour, ...sum }) =>
      Object.entries(sumAttributes(hourValueAttribute(hour), hourValueMinusEventsAttribute(hour), sum)),
    ),
  ),
});

interface Sum {
  readonly value: number;
  readonly events: number;
}

const sumAttributes = (
  valueName: string,
  valueMinusEventsName: string,
  { value, events }: Sum,
): Record<string, AttributeValue> => ({
  [valueName]: integer(value),
  ...(value === events ? {} : { [valueMinusEventsName]: integer(value - events) }),
});

function readSum(item: Item, valueName: string, valueMinusEventsName: string): Sum | undefined {
  const value = asInteger(item[valueName]);
  if (value === undefined) return undefined;
  return { value, events: value - (asInteger(item[valueMinusEventsName]) ?? 0) };
}

const dayTotalOf = (item: Item): DayTotal => ({
  day: readText(item, sortKey.name),
  value: readInteger(item, TOTALS_TABLE.value),
  events: readSum(item, TOTALS_TABLE.value, TOTALS_TABLE.valueMinusEvents)?.events ?? 0,
  hours: HOURS.flatMap((hour) => {
    const sum = readSum(item, hourValueAttribute(hour), hourValueMinusEventsAttribute(hour));
    return sum === undefined ? [] : [{ hour, ...sum }];
  }),
  isAdjusted: item[TOTALS_TABLE.isAdjusted]?.BOOL ?? false,
});
