import { DynamoDbCounterReader } from '../../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../../adapters/aws/dynamodb-counter-shards.js';
import { ReadFirstCounterShards } from '../../../adapters/aws/read-first-counter-shards.js';
import type { Increment } from '../../../core/journal.js';
import { collect } from '../../support/collect.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2027-01-01T00:00:00.000Z');
const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z');

const dynamoDb = useDynamoDb();
let writing: DynamoDbCounterShards;
let readFirst: ReadFirstCounterShards;

beforeEach(() => {
  const { client, tables, pacer } = dynamoDb;
  writing = new DynamoDbCounterShards({ client, tableName: tables.counters, pacer });
  readFirst = new ReadFirstCounterShards({ client, tableName: tables.counters, shards: writing });
});

const increments = (count: number): Increment[] =>
  Array.from({ length: count }, (_, index) => ({
    counter: `page.viewed/${index}`,
    minutes: [{ minute: 15, value: 3, events: 1 }],
  }));

/** How often each operation was called meanwhile. */
async function callsOf(act: () => Promise<void>): Promise<Record<string, number>> {
  dynamoDb.proxy.calls.length = 0;
  await act();
  const counts: Record<string, number> = {};
  for (const { operation } of dynamoDb.proxy.calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

async function valueOf(counter: string): Promise<number> {
  const clock = { nowMs: () => NOW_MS };
  const { client, tables } = dynamoDb;
  const reader = new DynamoDbCounterReader({ client, tableName: tables.counters, clock });
  const shards = await collect(reader.readShards({ counter, consistency: 'strong' }));
  return shards.flatMap(({ minutes }) => minutes).reduce((sum, { value }) => sum + value, 0);
}

test('an entry that is applied costs a read for each hundred of its shards, and no write', async () => {
  await writing.apply(JOURNAL, 1, increments(250), EXPIRES_AT_MS);
  expect(await callsOf(() => readFirst.apply(JOURNAL, 1, increments(250), EXPIRES_AT_MS))).toEqual({
    BatchGetItem: 3,
  });
});

test('of an entry that is half applied, the other half is written', async () => {
  await writing.apply(JOURNAL, 1, increments(2), EXPIRES_AT_MS);
  const calls = await callsOf(() => readFirst.apply(JOURNAL, 1, increments(5), EXPIRES_AT_MS));
  expect(calls).toEqual({ BatchGetItem: 1, UpdateItem: 3 });
  for (let index = 0; index < 5; index++) expect(await valueOf(`page.viewed/${index}`)).toBe(3);
});

test('a shard that has another slice, or an earlier entry, lacks this one', async () => {
  const nextSlice = { ...JOURNAL, sliceStartMs: JOURNAL.sliceStartMs + 5 * 60_000 };
  await writing.apply(nextSlice, 9, increments(1), EXPIRES_AT_MS);
  await writing.apply(JOURNAL, 1, increments(1), EXPIRES_AT_MS);
  await readFirst.apply(JOURNAL, 2, increments(1), EXPIRES_AT_MS);
  expect(await valueOf('page.viewed/0')).toBe(9);
});

// Goal: an eventual read can do no harm. Method: answer as if nothing were there, after everything was applied.
test('an answer from before the entry was applied leads to a write that changes nothing', async () => {
  await readFirst.apply(JOURNAL, 1, increments(3), EXPIRES_AT_MS);
  dynamoDb.proxy.fateOf = ({ operation }) =>
    operation === 'BatchGetItem' ? { status: 200, answer: { Responses: {}, UnprocessedKeys: {} } } : 'pass';
  const calls = await callsOf(() => readFirst.apply(JOURNAL, 1, increments(3), EXPIRES_AT_MS));
  expect(calls).toEqual({ BatchGetItem: 1, UpdateItem: 3 });
  dynamoDb.proxy.fateOf = () => 'pass';
  for (let index = 0; index < 3; index++) expect(await valueOf(`page.viewed/${index}`)).toBe(3);
});

test('a counter that an entry names twice is asked for once', async () => {
  const [one] = increments(1) as [Increment];
  expect(await callsOf(() => readFirst.apply(JOURNAL, 1, [one, one], EXPIRES_AT_MS))).toMatchObject({
    BatchGetItem: 1,
  });
  expect(await valueOf('page.viewed/0')).toBe(3);
});
