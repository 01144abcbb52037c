/**
 * The usual serverless patterns beside Tally, over the same events, on the same engine, through the same crashes: what each
 * costs and which of its counters are wrong afterwards.
 */
import { UpdateItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbCounterShards } from '../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbJournal } from '../adapters/aws/dynamodb-journal.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { makeRandom, type Random } from '../cli/load/random.js';
import { counterOf, type TallyEvent } from '../core/event.js';
import { createTables, type TableNames } from '../test/support/local-dynamodb.js';
import type { Bench, BenchIo } from './bench.js';
import { makeCounting, BENCH_DAY_MS } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { portsAround } from './in-memory.js';
import { items, withDynamoDb, type ConsumedUnits } from './metered-dynamodb.js';

const EVENTS = 1_500;
const COUNTERS = 100;
/** Share of store calls after which the worker dies; what it held is delivered again. */
const CRASH_SHARE = 0.01;
const BATCH = 100;
const WINDOW_EVENTS = 500;

class Crash extends Error {}

/** Kills a worker after some of its calls, by seed. */
class Crasher {
  public crashCount = 0;
  readonly #random: Random;

  public constructor(seed: number) {
    this.#random = makeRandom(seed);
  }

  public mayCrash(): void {
    if (this.#random() >= CRASH_SHARE) return;
    this.crashCount++;
    throw new Crash('the worker died');
  }
}

interface Pattern {
  readonly name: string;
  /** Counts a batch; on a crash, the runner gives the same batch again. */
  makeCounter(
    tables: TableNames,
    client: DynamoDBClient,
    crasher: Crasher,
  ): (batch: readonly TallyEvent[]) => Promise<void>;
  readonly batchSize: number;
}

const putIfNew = (tables: TableNames, event: TallyEvent): PutItemCommand =>
  new PutItemCommand({
    TableName: tables.keys,
    Item: { id: { S: event.id } },
    ConditionExpression: 'attribute_not_exists(id)',
  });

const add = (tables: TableNames, counter: string): UpdateItemCommand =>
  new UpdateItemCommand({
    TableName: tables.totals,
    Key: { counter: { S: counter }, day: { S: 'all' } },
    UpdateExpression: 'ADD #value :one',
    ExpressionAttributeNames: { '#value': 'value' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  });

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

async function increment(
  event: TallyEvent,
  tables: TableNames,
  client: DynamoDBClient,
  crasher: Crasher,
): Promise<void> {
  for (const counter of [event.type, counterOf(event.type, event.subject)]) {
    await client.send(add(tables, counter));
    crasher.mayCrash();
  }
}

const conditionalPut: Pattern = {
  name: 'conditional put, then increment',
  batchSize: BATCH,
  makeCounter: (tables, client, crasher) => async (batch) => {
    for (const event of batch) {
      const isNew = await isDone(client.send(putIfNew(tables, event)));
      crasher.mayCrash();
      if (isNew) await increment(event, tables, client, crasher);
    }
  },
};

/** The calls of Powertools' idempotency: in progress, the work, completed. A stale "in progress" expires and is done again. */
const powertools: Pattern = {
  name: 'Powertools idempotency around the increments',
  batchSize: BATCH,
  makeCounter: (tables, client, crasher) => async (batch) => {
    for (const event of batch) {
      const inProgress = new PutItemCommand({
        TableName: tables.keys,
        Item: { id: { S: event.id }, secretHash: { S: 'INPROGRESS' } },
        ConditionExpression: 'attribute_not_exists(id) OR secretHash = :inProgress',
        ExpressionAttributeValues: { ':inProgress': { S: 'INPROGRESS' } },
      });
      const isMine = await isDone(client.send(inProgress));
      crasher.mayCrash();
      if (!isMine) continue;
      await increment(event, tables, client, crasher);
      await client.send(
        new UpdateItemCommand({
          TableName: tables.keys,
          Key: { id: { S: event.id } },
          UpdateExpression: 'SET secretHash = :completed',
          ExpressionAttributeValues: { ':completed': { S: 'COMPLETED' } },
        }),
      );
      crasher.mayCrash();
    }
  },
};

const tally: Pattern = {
  name: 'Tally',
  batchSize: WINDOW_EVENTS,
  makeCounter: (tables, client, crasher) => {
    const pacer = new WritePacer({ timer: processTimer, windowMs: 1 });
    const journal = new DynamoDbJournal({ client, tableName: tables.journal, pacer });
    const counters = new DynamoDbCounterShards({ client, tableName: tables.counters, pacer });
    const ports = portsAround(
      {
        readAfter: (...args) => journal.readAfter(...args),
        find: (...args) => journal.find(...args),
        append: async (...args) => {
          const outcome = await journal.append(...args);
          crasher.mayCrash();
          return outcome;
        },
        // One increment after the other, so that a crash leaves some of them undone.
        apply: async (name, number, increments, expiresAtMs) => {
          for (const one of increments) {
            await counters.apply(name, number, [one], expiresAtMs);
            crasher.mayCrash();
          }
        },
      },
      BENCH_DAY_MS,
    );
    // A new worker for each delivery: what a crash left in memory is gone.
    return async (batch) => {
      const counting = makeCounting(ports, { laneCount: 4, journalConcurrency: 1 });
      await counting.count(await chunksOf(batch, BATCH));
    };
  },
};

export const usualPatterns: Bench = {
  name: 'usual-patterns',
  varies: 'the pattern',
  reports: 'write units, read units, calls per event, and wrong counters after crashes and retries',
  run: (io) =>
    withDynamoDb(async (client, consumed) => {
      const rows: (string | number)[][] = [];
      for (const pattern of [tally, conditionalPut, powertools]) {
        rows.push(await runPattern(pattern, client, consumed, io));
      }
      rows.push(['put and increment in one transaction', '6.00', '-', '1.00', '-', '-', '-', '-']);
      return [
        {
          title: `${EVENTS} events of ${COUNTERS} counters; the worker dies after 1 % of its calls; 5 % of requests come twice`,
          head: [
            'pattern',
            'writes/event',
            'reads/event',
            'calls/event',
            'bytes/event',
            'crashes',
            'wrong counters',
            'events off',
          ],
          rows,
          notes: [
            'Units from ReturnConsumedCapacity, crashes and retries included. Few events and small batches: what Tally costs at scale',
            'is in write-units. Batches: 500 events for Tally, 100 for the others. The transaction is by arithmetic (the local engine has none): two units for each of three writes.',
            'Powertools: its sequence of calls, not the package; the expiry of what is in progress is taken as past.',
          ],
        },
      ];
    }),
};

async function runPattern(
  pattern: Pattern,
  client: DynamoDBClient,
  consumed: ConsumedUnits,
  io: BenchIo,
): Promise<(string | number)[]> {
  const tables = await createTables(client);
  const crasher = new Crasher(11);
  const source = new EventSource({
    seed: 7,
    counterCount: COUNTERS,
    zipfExponent: 1,
    typeCount: 1,
    lateShare: 0,
  });
  const events = source.window(BENCH_DAY_MS, 60_000, EVENTS);
  const countBatch = pattern.makeCounter(tables, client, crasher);
  consumed.reset();
  const again = makeRandom(5);
  for (let start = 0; start < EVENTS; start += pattern.batchSize) {
    io.progress(`${pattern.name}: ${start} of ${EVENTS}`);
    const batch = events.slice(start, start + pattern.batchSize);
    await deliver(batch, countBatch);
    if (again() < 0.05) await deliver(batch, countBatch);
  }
  await deliver(events.slice(0, pattern.batchSize), countBatch);
  const { writeUnits, readUnits, calls, sentBytes } = consumed;
  const off = await differences(pattern, tables, client, events);
  io.progress('');
  const perEvent = (n: number): string => (n / EVENTS).toFixed(2);
  return [
    pattern.name,
    perEvent(writeUnits),
    perEvent(readUnits),
    perEvent(calls),
    Math.round(sentBytes / EVENTS),
    crasher.crashCount,
    off.filter((n) => n !== 0).length,
    off.reduce((sum, n) => sum + n, 0),
  ];
}

/** Give a batch until it is counted, as a stream does. */
async function deliver(
  batch: readonly TallyEvent[],
  countBatch: (batch: readonly TallyEvent[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      return await countBatch(batch);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}

/** Counted minus true, by counter. */
async function differences(
  pattern: Pattern,
  tables: TableNames,
  client: DynamoDBClient,
  events: readonly TallyEvent[],
): Promise<number[]> {
  const truth = new Map<string, number>();
  for (const { type, subject } of events) {
    for (const counter of [type, counterOf(type, subject)]) truth.set(counter, (truth.get(counter) ?? 0) + 1);
  }
  const counted = pattern === tally ? await tallyCounts(tables, client) : await plainCounts(tables, client);
  return [...new Set([...truth.keys(), ...counted.keys()])].map(
    (counter) => (counted.get(counter) ?? 0) - (truth.get(counter) ?? 0),
  );
}

async function tallyCounts(tables: TableNames, client: DynamoDBClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const item of items(client, tables.counters)) {
    const counter = item['counter']?.S ?? '';
    for (const [name, value] of Object.entries(item)) {
      if (/^m\d\d$/.test(name)) counts.set(counter, (counts.get(counter) ?? 0) + Number(value.N));
    }
  }
  return counts;
}

async function plainCounts(tables: TableNames, client: DynamoDBClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const item of items(client, tables.totals))
    counts.set(item['counter']?.S ?? '', Number(item['value']?.N));
  return counts;
}
