import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { transact } from '../../../adapters/aws/transact.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import type { Fate } from '../../support/faulty-proxy.js';

const dynamoDb = useDynamoDb();

const putOf = (name: string): TransactWriteItem => ({
  Put: {
    TableName: dynamoDb.tables.days,
    Item: { kind: { S: 'test' }, name: { S: name } },
    ConditionExpression: 'attribute_not_exists(kind)',
  },
});

const cancelledBy = (...reasons: string[]): Fate => ({
  status: 400,
  answer: {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    message: 'injected',
    CancellationReasons: reasons.map((Code) => ({ Code })),
  },
});

/** Waits for nobody, and remembers how often it should have. */
function makeTimer() {
  const timer = { waits: 0, elapsedMs: () => 0, sleep: () => Promise.resolve(void timer.waits++) };
  return timer;
}

function answerFirst(count: number, fate: Fate): void {
  let index = 0;
  dynamoDb.proxy.fateOf = () => (index++ < count ? fate : 'pass');
}

test('says which conditions failed, and does not wait', async () => {
  await transact(dynamoDb.client, [putOf('b')]);
  const timer = makeTimer();

  expect(await transact(dynamoDb.client, [putOf('a'), putOf('b')], timer)).toEqual([1]);
  expect(await transact(dynamoDb.client, [putOf('a')], timer)).toEqual([]);
  expect(timer.waits).toBe(0);
});

test.each<[string, Fate]>([
  ['a conflict', cancelledBy('None', 'TransactionConflict')],
  ['a throttle', cancelledBy('ThrottlingError', 'None')],
  ['lack of capacity', cancelledBy('ProvisionedThroughputExceeded', 'TransactionConflict')],
])('waits and tries again when cancelled by %s', async (_what, fate) => {
  answerFirst(3, fate);
  const timer = makeTimer();

  expect(await transact(dynamoDb.client, [putOf('a'), putOf('b')], timer)).toEqual([]);
  expect(timer.waits).toBe(3);
});

test('a condition that failed is the answer, whatever else there was', async () => {
  answerFirst(1, cancelledBy('TransactionConflict', 'ConditionalCheckFailed'));

  expect(await transact(dynamoDb.client, [putOf('a'), putOf('b')], makeTimer())).toEqual([1]);
});

test('gives up a conflict that does not end', async () => {
  dynamoDb.proxy.fateOf = () => cancelledBy('TransactionConflict');
  const timer = makeTimer();

  await expect(transact(dynamoDb.client, [putOf('a')], timer)).rejects.toMatchObject({
    name: 'TransactionCanceledException',
  });
  expect(timer.waits).toBe(11);
});

test.each([['ValidationError'], ['ItemCollectionSizeLimitExceeded'], ['None']])(
  'does not repeat what can never succeed: %s',
  async (reason) => {
    dynamoDb.proxy.fateOf = () => cancelledBy(reason);
    const timer = makeTimer();

    await expect(transact(dynamoDb.client, [putOf('a')], timer)).rejects.toThrow();
    expect(timer.waits).toBe(0);
  },
);
