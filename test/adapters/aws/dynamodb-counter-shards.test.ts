import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbCounterReader } from '../../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../../adapters/aws/dynamodb-counter-shards.js';
import type { CounterRange, ShardHour } from '../../../core/ports.js';
import { adjustmentSort } from '../../../core/table-schema.js';
import { HOUR_MS, INSTANT_MS_MAX } from '../../../core/time.js';
import { collect } from '../../support/collect.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import { itemBytes, type JsonAttribute } from '../../support/dynamodb-item-bytes.js';
import { throttle } from '../../support/faulty-proxy.js';

const HOUR = Date.parse('2026-11-21T09:00:00.000Z');
const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z');
const EXPIRES_AT_MS = Date.parse('2027-01-01T00:00:00.000Z');

const dynamoDb = useDynamoDb();
let counters: DynamoDbCounterShards;
let reader: DynamoDbCounterReader;

beforeEach(() => {
  const { client, tables, pacer } = dynamoDb;
  counters = new DynamoDbCounterShards({ client, tableName: tables.counters, pacer });
  reader = new DynamoDbCounterReader({ client, tableName: tables.counters, clock: { nowMs: () => NOW_MS } });
});

const increment = (counter: string, value: number, events = 1, minute = 15) => ({
  counter,
  minutes: [{ minute, value, events }],
});

async function shardsOf(range: Partial<CounterRange> & { counter: string }): Promise<ShardHour[]> {
  return collect(reader.readShards({ consistency: 'strong', ...range }));
}

test('an entry is added once, however often it is applied and however many responses are lost', async () => {
  let lost = 0;
  dynamoDb.proxy.fateOf = ({ operation }) =>
    operation === 'UpdateItem' && lost++ === 0 ? 'loseResponse' : 'pass';

  for (let attempt = 0; attempt < 3; attempt++) {
    await counters.apply(JOURNAL, 1, [increment('a', 5)], EXPIRES_AT_MS);
  }

  expect(await shardsOf({ counter: 'a' })).toEqual([
    { hourStartMs: HOUR, isAdjustment: false, minutes: [{ minute: 15, value: 5, events: 1 }] },
  ]);
});

test('an older entry of the slice is not added, one of another slice is', async () => {
  await counters.apply(JOURNAL, 2, [increment('a', 5)], EXPIRES_AT_MS);
  await counters.apply(JOURNAL, 1, [increment('a', 100)], EXPIRES_AT_MS);
  const nextSlice = { ...JOURNAL, sliceStartMs: JOURNAL.sliceStartMs + 5 * 60_000 };
  await counters.apply(nextSlice, 1, [increment('a', 7, 1, 20)], EXPIRES_AT_MS);

  const [shard] = await shardsOf({ counter: 'a' });
  expect(shard?.minutes).toEqual([
    { minute: 15, value: 5, events: 1 },
    { minute: 20, value: 7, events: 1 },
  ]);
});

test('a minute whose value nets to zero has its events', async () => {
  await counters.apply(JOURNAL, 1, [increment('a', 0, 4)], EXPIRES_AT_MS);

  expect((await shardsOf({ counter: 'a' }))[0]?.minutes).toEqual([{ minute: 15, value: 0, events: 4 }]);
});

test('many increments survive throttles and lost calls; a failed call is reported when all others have settled', async () => {
  const increments = Array.from({ length: 80 }, (_, n) => increment(`c${n}`, n, 2));
  let callCount = 0;
  dynamoDb.proxy.fateOf = ({ operation }) => {
    if (operation !== 'UpdateItem') return 'pass';
    callCount++;
    if (callCount % 30 === 0) return throttle('ProvisionedThroughputExceededException');
    return callCount % 37 === 0 ? 'loseResponse' : 'pass';
  };
  await counters.apply(JOURNAL, 1, increments, EXPIRES_AT_MS);

  dynamoDb.proxy.fateOf = ({ body }) =>
    JSON.stringify(body).includes('"c3"') ? throttle('ResourceNotFoundException') : 'pass';
  await expect(counters.apply(JOURNAL, 2, increments, EXPIRES_AT_MS)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  dynamoDb.proxy.fateOf = () => 'pass';
  await counters.apply(JOURNAL, 2, increments, EXPIRES_AT_MS);

  for (const n of [0, 3, 29, 36, 79]) {
    expect((await shardsOf({ counter: `c${n}` }))[0]?.minutes).toEqual([
      { minute: 15, value: 2 * n, events: 4 },
    ]);
  }
});

test('the range is half-open by hours, and adjustments are told apart', async () => {
  for (const hour of [-1, 0, 1, 2]) {
    const journal = { lane: 3, sliceStartMs: HOUR + hour * HOUR_MS };
    await counters.apply(journal, 1, [increment('a', hour, 1, 0)], EXPIRES_AT_MS);
  }
  await dynamoDb.client.send(
    new UpdateItemCommand({
      TableName: dynamoDb.tables.counters,
      Key: { counter: { S: 'a' }, shard: { S: adjustmentSort(HOUR) } },
      UpdateExpression: 'SET m07 = :value, x07 = :valueMinusEvents, expiresAtSeconds = :expiry',
      ExpressionAttributeValues: {
        ':value': { N: '-9' },
        ':valueMinusEvents': { N: '-10' },
        ':expiry': { N: String(EXPIRES_AT_MS / 1_000) },
      },
    }),
  );

  const shards = await shardsOf({ counter: 'a', fromMs: HOUR, toMs: HOUR + 2 * HOUR_MS });

  expect(shards).toEqual([
    { hourStartMs: HOUR, isAdjustment: false, minutes: [{ minute: 0, value: 0, events: 1 }] },
    { hourStartMs: HOUR, isAdjustment: true, minutes: [{ minute: 7, value: -9, events: 1 }] },
    { hourStartMs: HOUR + HOUR_MS, isAdjustment: false, minutes: [{ minute: 0, value: 1, events: 1 }] },
  ]);
  expect(await shardsOf({ counter: 'a', fromMs: HOUR, toMs: HOUR })).toEqual([]);
  expect(await shardsOf({ counter: 'a', fromMs: HOUR + HOUR_MS, toMs: HOUR })).toEqual([]);
  expect(await shardsOf({ counter: 'a', toMs: INSTANT_MS_MAX + 1 })).toHaveLength(5);
});

test('what has expired is left out though time to live has not deleted it yet', async () => {
  await counters.apply(JOURNAL, 1, [increment('a', 5)], NOW_MS);
  await counters.apply({ ...JOURNAL, lane: 8 }, 1, [increment('a', 6)], NOW_MS + 1);

  expect((await shardsOf({ counter: 'a' })).map(({ minutes }) => minutes[0]?.value)).toEqual([6]);
});

test('a sum beyond 2^53 is an error, never a rounded number', async () => {
  await counters.apply(JOURNAL, 1, [increment('a', Number.MAX_SAFE_INTEGER)], EXPIRES_AT_MS);
  await counters.apply(JOURNAL, 2, [increment('a', 2)], EXPIRES_AT_MS);

  await expect(shardsOf({ counter: 'a' })).rejects.toMatchObject({ code: 'counter_overflow' });
});

test('a read is strongly consistent exactly when it was asked to be', async () => {
  await shardsOf({ counter: 'a', consistency: 'strong' });
  await shardsOf({ counter: 'a', consistency: 'eventual' });

  expect(dynamoDb.proxy.calls.map(({ body }) => body['ConsistentRead'])).toEqual([true, false]);
});

test('an hour with all its minutes and slices stays under 1 KB, one write unit', async () => {
  for (let slice = 0; slice < 12; slice++) {
    const journal = { lane: 63, sliceStartMs: HOUR + slice * 5 * 60_000 };
    const minutes = Array.from({ length: 5 }, (_, n) => ({
      minute: slice * 5 + n,
      value: 9_999,
      events: 1_000,
    }));
    await counters.apply(journal, 9_999, [{ counter: 'template.used/T-123456', minutes }], EXPIRES_AT_MS);
  }
  dynamoDb.proxy.calls.length = 0;
  let item: Record<string, JsonAttribute> = {};
  dynamoDb.proxy.fateOf = ({ body }) => ({
    forward: body,
    rewrite: (answer) => {
      item = (answer as { Items: Record<string, JsonAttribute>[] }).Items[0] ?? {};
      return answer;
    },
  });
  expect((await shardsOf({ counter: 'template.used/T-123456' }))[0]?.minutes).toHaveLength(60);
  expect(itemBytes(item)).toBeLessThan(1_024);
});
