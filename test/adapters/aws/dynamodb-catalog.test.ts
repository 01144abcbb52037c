import { DynamoDbCatalog } from '../../../adapters/aws/dynamodb-catalog.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const dynamoDb = useDynamoDb();
const catalog = (): DynamoDbCatalog =>
  new DynamoDbCatalog({ client: dynamoDb.client, tableName: dynamoDb.tables.catalog });

const operations = (): string[] => dynamoDb.proxy.calls.map(({ operation }) => operation);

test('a known type keeps its record and costs no write', async () => {
  await catalog().register(['b', 'a', 'b'], 1);
  await catalog().describe('a', { displayName: 'A', unit: 'uses' }, 2);
  dynamoDb.proxy.calls.length = 0;
  await catalog().register(['a', 'b'], 3);

  expect(operations()).toEqual(['BatchGetItem']);
  expect(await catalog().find('a')).toEqual({ type: 'a', firstSeenAtMs: 1, displayName: 'A', unit: 'uses' });
});

test('two that register a type at once keep the first record', async () => {
  await Promise.all([1, 2, 3, 4].map((nowMs) => catalog().register(['a'], nowMs)));
  const first = await catalog().find('a');
  await catalog().register(['a'], 99);

  expect(await catalog().find('a')).toEqual(first);
});

test('unprocessed keys are asked for again', async () => {
  const types = Array.from({ length: 230 }, (_, n) => `type-${String(n).padStart(3, '0')}`);
  await catalog().register(types, 1);
  dynamoDb.proxy.calls.length = 0;
  type Request = Record<string, { Keys: unknown[] }>;
  let callCount = 0;
  dynamoDb.proxy.fateOf = ({ operation, body }) => {
    const [[table, { Keys: keys }]] = Object.entries(body['RequestItems'] as Request) as [
      [string, Request[string]],
    ];
    // Every second answer leaves half of its keys, as a throttled table does.
    if (operation !== 'BatchGetItem' || ++callCount % 2 === 0) return 'pass';
    const kept = keys.length >> 1;
    return {
      forward: { RequestItems: { [table]: { Keys: keys.slice(0, kept) } } },
      rewrite: (answer) => ({ ...answer, UnprocessedKeys: { [table]: { Keys: keys.slice(kept) } } }),
    };
  };
  await catalog().register(types, 2);

  expect(callCount).toBe(4);
  expect(new Set(operations())).toEqual(new Set(['BatchGetItem']));
});

test('metadata: what is given is set, the empty string erases, what is absent stays', async () => {
  await catalog().describe('new', { displayName: 'New', owner: 'us' }, 5);
  const entry = await catalog().describe('new', { displayName: '', description: 'words' }, 6);

  expect(entry).toEqual({ type: 'new', firstSeenAtMs: 5, owner: 'us', description: 'words' });
  expect(await catalog().find('new')).toEqual(entry);
  expect(await catalog().find('other')).toBeNull();
});

test('types list in order of their bytes, page by page', async () => {
  await catalog().register(['b', 'B', 'a.2', 'a', 'a-1'], 1);
  const first = await catalog().list({ after: null, limit: 3 });
  const rest = await catalog().list({ after: first.at(-1)?.type ?? '', limit: 3 });

  expect([first, rest].map((page) => page.map(({ type }) => type))).toEqual([
    ['B', 'a', 'a-1'],
    ['a.2', 'b'],
  ]);
});
