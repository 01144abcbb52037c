import { DynamoDbJournal } from '../../../adapters/aws/dynamodb-journal.js';
import { ENTRY_BYTES_MAX } from '../../../core/limits.js';
import { entryBytes, type Increment } from '../../../core/journal.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import { itemBytes } from '../../support/dynamodb-item-bytes.js';
import { throttle } from '../../support/faulty-proxy.js';

const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2027-01-01T00:00:00.000Z');

const entryWith = (firstByte: number, idCount = 1) => ({
  ids: Buffer.alloc(16 * idCount, firstByte),
  increments: [{ counter: 'template.used/T-1', minutes: [{ minute: 15, value: -3, events: 2 }] }],
  eventCount: idCount,
});

const dynamoDb = useDynamoDb();
let journal: DynamoDbJournal;

beforeEach(() => {
  const { client, tables, pacer } = dynamoDb;
  journal = new DynamoDbJournal({ client, tableName: tables.journal, pacer });
});

test('an append whose response was lost is tried again by the SDK and answers "exists", and the entry is there', async () => {
  let lost = 0;
  dynamoDb.proxy.fateOf = ({ operation }) =>
    operation === 'PutItem' && lost++ === 0 ? 'loseResponse' : 'pass';

  expect(await journal.append(JOURNAL, 1, entryWith(1), EXPIRES_AT_MS)).toBe('exists');
  expect(await journal.readAfter(JOURNAL, 0)).toEqual([{ number: 1, ...entryWith(1) }]);
});

test('an append that never reached the engine is tried again and appended', async () => {
  let lost = 0;
  dynamoDb.proxy.fateOf = () => (lost++ === 0 ? 'loseRequest' : 'pass');

  expect(await journal.append(JOURNAL, 1, entryWith(1), EXPIRES_AT_MS)).toBe('appended');
});

test('throttles are waited out', async () => {
  let throttled = 0;
  dynamoDb.proxy.fateOf = () =>
    throttled++ < 2 ? throttle('ProvisionedThroughputExceededException') : 'pass';

  expect(await journal.append(JOURNAL, 1, entryWith(1), EXPIRES_AT_MS)).toBe('appended');
  expect(dynamoDb.proxy.calls).toHaveLength(3);
});

test('an engine that refuses for another reason is an error, not an outcome', async () => {
  dynamoDb.proxy.fateOf = () => throttle('ResourceNotFoundException');

  await expect(journal.append(JOURNAL, 1, entryWith(1), EXPIRES_AT_MS)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a journal of many pages is read whole, strongly consistent', async () => {
  for (let number = 1; number <= 6; number++) {
    await journal.append(JOURNAL, number, entryWith(number, 16_000), EXPIRES_AT_MS);
  }
  dynamoDb.proxy.calls.length = 0;

  const entries = await journal.readAfter(JOURNAL, 1);

  expect(entries.map(({ number, ids }) => [number, ids[0]])).toEqual([2, 3, 4, 5, 6].map((n) => [n, n]));
  const consistencies = dynamoDb.proxy.calls.map(({ body }) => body['ConsistentRead']);
  expect(consistencies.length).toBeGreaterThan(1);
  expect(new Set(consistencies)).toEqual(new Set([true]));
});

test('a page without items is not the end', async () => {
  await journal.append(JOURNAL, 2, entryWith(1), EXPIRES_AT_MS);
  const emptyPage = {
    Items: [],
    LastEvaluatedKey: { journal: { S: '7#2026-11-21T09:15' }, number: { N: '1' } },
  };
  dynamoDb.proxy.fateOf = ({ body }) =>
    body['ExclusiveStartKey'] === undefined ? { status: 200, answer: emptyPage } : 'pass';

  expect(await journal.readAfter(JOURNAL, 0)).toHaveLength(1);
});

test('expiry is written in seconds, rounded up, and never hides an entry', async () => {
  await journal.append(JOURNAL, 1, entryWith(1), 1_500);

  expect(dynamoDb.proxy.calls[0]?.body).toMatchObject({ Item: { expiresAtSeconds: { N: '2' } } });
  expect(await journal.readAfter(JOURNAL, 0)).toHaveLength(1);
});

describe('what an entry takes', () => {
  const BIG = Number.MAX_SAFE_INTEGER;
  const increment = (counter: string, minuteCount: number, value: number, events: number): Increment => ({
    counter,
    minutes: Array.from({ length: minuteCount }, (_, minute) => ({ minute, value, events })),
  });
  const cases: [string, Increment[]][] = [
    ['the smallest increment', [increment('a', 1, 0, 1)]],
    ['the largest numbers', [increment('a', 60, -BIG, BIG)]],
    ['many small counters', Array.from({ length: 500 }, (_, n) => increment(`t/${n}`, 5, 1, 1))],
    ['long counters beyond ASCII', [increment('t/' + '𝄞'.repeat(64), 5, BIG, BIG)]],
  ];

  test.each(cases)('is at most what entryBytes says: %s', async (_, increments) => {
    const entry = { ids: Buffer.alloc(160), increments, eventCount: 10 };
    await journal.append(JOURNAL, 1, entry, EXPIRES_AT_MS);
    const { Item } = dynamoDb.proxy.calls[0]?.body as { Item: Parameters<typeof itemBytes>[0] };
    const payload = { ids: Item['ids'], increments: Item['increments'] };
    const namesBytes = 'ids'.length + 'increments'.length;
    expect(itemBytes(payload) - namesBytes).toBeLessThanOrEqual(entryBytes(entry));
  });

  test('fits into an item of 400 KB when it is as big as an entry may be', async () => {
    const ids = Buffer.alloc(ENTRY_BYTES_MAX - entryBytes({ ids: Buffer.alloc(0), increments: [] }) - 15);
    const entry = { ids, increments: [], eventCount: Math.floor(ids.length / 16) };
    expect(await journal.append(JOURNAL, 1, entry, EXPIRES_AT_MS)).toBe('appended');
  });
});
