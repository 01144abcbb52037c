/** What the layer promises, asked of it and of any other engine that `TALLY_TEST_DYNAMODB_URL` names: the two must agree. */
import {
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../adapters/aws/attributes.js';
import { createTables, dynamoDbClientAt, startDynamoDb, type TableNames } from './local-dynamodb.js';
import type { LocalServer } from './local-server.js';

let engine: LocalServer;
let client: DynamoDBClient;
let tables: TableNames;

beforeAll(async () => {
  engine = await startDynamoDb();
  client = dynamoDbClientAt(engine.url);
});
beforeEach(async () => {
  tables = await createTables(client, ['days', 'keys']);
});
afterAll(async () => {
  client.destroy();
  await engine.close();
});

const transact = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));

const keyOf = (name: string): Item => ({ kind: { S: 'test' }, name: { S: name } });
const put = (name: string, n: number): TransactWriteItem => ({
  Put: { TableName: tables.days, Item: { ...keyOf(name), n: { N: String(n) } } },
});
const IS_ABSENT = { ConditionExpression: 'attribute_not_exists(kind)' };
const add = (name: string, by: number): TransactWriteItem => ({
  Update: {
    TableName: tables.days,
    Key: keyOf(name),
    UpdateExpression: 'ADD n :by',
    ExpressionAttributeValues: { ':by': { N: String(by) } },
  },
});
const check = (name: string, n: number): TransactWriteItem => ({
  ConditionCheck: {
    TableName: tables.days,
    Key: keyOf(name),
    ConditionExpression: 'n = :n',
    ExpressionAttributeValues: { ':n': { N: String(n) } },
  },
});

async function numberOf(name: string): Promise<number | null> {
  const { Item } = await client.send(new GetItemCommand({ TableName: tables.days, Key: keyOf(name) }));
  return Item === undefined ? null : Number(Item['n']?.N);
}

async function reasonsOf(transaction: Promise<unknown>): Promise<(string | undefined)[]> {
  const error: unknown = await transaction.then(
    () => new Error('it went through'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TransactionCanceledException)) throw error as Error;
  return (error.CancellationReasons ?? []).map(({ Code }) => Code);
}

test('puts, updates, deletes and checks, over several tables', async () => {
  await transact([put('a', 1), put('b', 2), put('c', 3)]);
  await transact([
    add('a', 10),
    check('b', 2),
    { Delete: { TableName: tables.days, Key: keyOf('c') } },
    { Put: { TableName: tables.keys, Item: { id: { S: 'k' } } } },
  ]);

  expect(await Promise.all(['a', 'b', 'c'].map(numberOf))).toEqual([11, 2, null]);
  expect((await client.send(new ScanCommand({ TableName: tables.keys }))).Count).toBe(1);
});

test('does nothing at all when one condition fails, and says which', async () => {
  await transact([put('a', 1), put('b', 2)]);
  const outcome = transact([
    add('a', 10),
    put('new', 5),
    { Delete: { TableName: tables.days, Key: keyOf('b') } },
    check('absent', 99),
  ]);

  expect(await reasonsOf(outcome)).toEqual(['None', 'None', 'None', 'ConditionalCheckFailed']);
  expect(await Promise.all(['a', 'b', 'new'].map(numberOf))).toEqual([1, 2, null]);
});

test('names every condition that fails', async () => {
  await transact([put('a', 1)]);
  const again = { Put: { ...put('a', 2).Put, ...IS_ABSENT } } as TransactWriteItem;

  expect(await reasonsOf(transact([again, add('b', 1), check('absent', 1)]))).toEqual([
    'ConditionalCheckFailed',
    'None',
    'ConditionalCheckFailed',
  ]);
});

test('gives back the item that a condition failed on, if asked to', async () => {
  await transact([put('a', 1)]);
  const again = { Put: { ...put('a', 2).Put, ...IS_ABSENT, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
  const error: unknown = await transact([again as TransactWriteItem]).catch((reason: unknown) => reason);

  expect(error).toMatchObject({
    CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: { n: { N: '1' } } }],
  });
});

test('checks every condition against what was there before', async () => {
  await transact([put('a', 1)]);
  await expect(transact([add('a', 1), check('a', 1)])).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await numberOf('a')).toBe(1);
});

test('does a transaction once for its token, however often it is sent', async () => {
  await transact([add('a', 1)], 'token');
  await transact([add('a', 1)], 'token');
  await expect(transact([add('a', 2)], 'token')).rejects.toMatchObject({
    name: 'IdempotentParameterMismatchException',
  });

  expect(await numberOf('a')).toBe(1);
});

test('refuses more than 100 actions', async () => {
  const puts = Array.from({ length: 101 }, (_, index) => put(`n${index}`, index));

  await expect(transact(puts)).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await numberOf('n0')).toBeNull();
});

test('nobody sees a part of a transaction, not even of one that is taken back', async () => {
  await transact([put('a', 0), put('b', 0)]);
  const transactions = Array.from({ length: 20 }, (_, index) =>
    transact(index % 2 === 0 ? [add('a', 1), add('b', 1)] : [add('a', 1), add('b', 1), check('a', -1)]).catch(
      () => undefined,
    ),
  );
  const scans = Array.from({ length: 40 }, () => client.send(new ScanCommand({ TableName: tables.days })));
  const seen = (await Promise.all(scans)).map(({ Items = [] }) => new Set(Items.map((item) => item['n']?.N)));
  await Promise.all(transactions);

  expect(seen.filter((numbers) => numbers.size !== 1)).toEqual([]);
  expect(await numberOf('a')).toBe(10);
});

test('single writes beside transactions are not lost', async () => {
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      index % 2 === 0
        ? transact([add('a', 1), check('absent', 1)]).catch(() => undefined)
        : client.send(new PutItemCommand({ TableName: tables.days, Item: { ...keyOf(`p${index}`) } })),
    ),
  );

  expect(await numberOf('a')).toBeNull();
  expect((await client.send(new ScanCommand({ TableName: tables.days }))).Count).toBe(15);
});
