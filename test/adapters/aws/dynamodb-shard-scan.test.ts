import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDbShardScan } from '../../../adapters/aws/dynamodb-shard-scan.js';
import { DAY_MS as A_DAY_MS } from '../../../core/time.js';
import { DAY, DAY_MS, EXPIRES_AT_MS, NOW_MS } from '../../contract/audit-store.js';
import { collect } from '../../support/collect.js';
import { dynamoDbAuditStore } from '../../support/dynamodb-audit-store.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const dynamoDb = useDynamoDb();
const makeScan = (): DynamoDbShardScan =>
  new DynamoDbShardScan({
    client: dynamoDb.client,
    tableName: dynamoDb.tables.counters,
    clock: { nowMs: () => NOW_MS },
  });

const count = (counters: readonly string[], { expiresAtMs = EXPIRES_AT_MS, atMs = DAY_MS } = {}) =>
  dynamoDbAuditStore(dynamoDb.client, dynamoDb.tables).shards.apply(
    { lane: 1, sliceStartMs: atMs },
    1,
    counters.map((counter) => ({ counter, minutes: [{ minute: 0, value: 1, events: 1 }] })),
    expiresAtMs,
  );

const COUNTERS = Array.from({ length: 200 }, (_, index) => `page.viewed/${index}`);

test('segments are disjoint, and together they are everything', async () => {
  await count(COUNTERS);
  const segments = await Promise.all(
    [0, 1, 2, 3].map((segment) => collect(makeScan().scanDay(DAY, { segment, segmentCount: 4 }))),
  );

  expect(segments.every((shards) => shards.length > 0)).toBe(true);
  expect(
    segments
      .flat()
      .map(({ counter }) => counter)
      .sort(),
  ).toEqual([...COUNTERS].sort());
});

test('reads what was just written, and goes on to the last page', async () => {
  await count(COUNTERS);
  // Pages of seven, as if the table's items were large.
  dynamoDb.proxy.fateOf = ({ operation, body }) =>
    operation === 'Scan' ? { forward: { ...body, Limit: 7 }, rewrite: (answer) => answer } : 'pass';
  dynamoDb.proxy.calls.length = 0;

  expect(await collect(makeScan().scanDay(DAY))).toHaveLength(200);
  expect(dynamoDb.proxy.calls.length).toBeGreaterThan(25);
  expect(dynamoDb.proxy.calls.every(({ body }) => body['ConsistentRead'] === true)).toBe(true);
});

test('asks for a page when the one before is read, so that one is in memory', async () => {
  await count(COUNTERS);
  dynamoDb.proxy.fateOf = ({ operation, body }) =>
    operation === 'Scan' ? { forward: { ...body, Limit: 7 }, rewrite: (answer) => answer } : 'pass';
  dynamoDb.proxy.calls.length = 0;
  const shards = makeScan().scanDay(DAY)[Symbol.asyncIterator]();
  for (let index = 0; index < 10; index++) await shards.next();

  expect(dynamoDb.proxy.calls).toHaveLength(2);
});

test('leaves out what has expired, to the second', async () => {
  await count(['gone'], { expiresAtMs: NOW_MS });
  await count(['there'], { expiresAtMs: NOW_MS + 1_000 });

  expect((await collect(makeScan().scanDay(DAY))).map(({ counter }) => counter)).toEqual(['there']);
});

test('lets DynamoDB leave other days out', async () => {
  await count(['yesterday'], { atMs: DAY_MS - A_DAY_MS });
  await count(['today']);
  let seen: unknown;
  dynamoDb.proxy.fateOf = ({ operation, body }) =>
    operation === 'Scan'
      ? { forward: body, rewrite: (answer) => ((seen = answer['Count']), answer) }
      : 'pass';

  await collect(makeScan().scanDay(DAY));
  expect(seen).toBe(1);
});

test('counts what should have been deleted a week ago, of any day', async () => {
  const weekAgoMs = NOW_MS - 7 * A_DAY_MS;
  await count(['a', 'b'], { expiresAtMs: weekAgoMs });
  await count(['old'], { atMs: DAY_MS - 90 * A_DAY_MS, expiresAtMs: weekAgoMs - 50 * A_DAY_MS });
  await count(['younger'], { expiresAtMs: weekAgoMs + 1_000 });
  const scan = makeScan();

  expect(await collect(scan.scanDay(DAY))).toEqual([]);
  expect(scan.overdueCount).toBe(3);
});

test('a stored number beyond 2^53 is an error, not a rounded sum', async () => {
  const Item = {
    counter: { S: 'a' },
    shard: { S: `${DAY}T00#1` },
    m00: { N: '9007199254740993' },
    expiresAtSeconds: { N: String(EXPIRES_AT_MS / 1_000) },
  };
  await dynamoDb.client.send(new PutItemCommand({ TableName: dynamoDb.tables.counters, Item }));

  await expect(collect(makeScan().scanDay(DAY))).rejects.toMatchObject({ code: 'counter_overflow' });
});
