/** The counting protocol over the real DynamoDB adapters, between them and the engine a network that fails in every way. */
import { DynamoDbCatalog } from '../../../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterReader } from '../../../adapters/aws/dynamodb-counter-reader.js';
import { DynamoDbCounterShards } from '../../../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbDays } from '../../../adapters/aws/dynamodb-days.js';
import { DynamoDbJournal } from '../../../adapters/aws/dynamodb-journal.js';
import { Counting } from '../../../core/count/count.js';
import { encodeChunk } from '../../../core/chunk.js';
import { formatArchiveLine } from '../../../core/archive-line.js';
import { FORMAT_VERSION } from '../../../core/settings.js';
import { DAY_MS, HOUR_MS, SLICE_MS } from '../../../core/time.js';
import { Random } from '../../simulation/random.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';
import { throttle } from '../../support/faulty-proxy.js';

const NOW_MS = Date.parse('2026-11-21T09:14:00.000Z');
const EVENTS = 60;
const EVENTS_PER_CHUNK = 10;
const WORKERS = 2;
const SUBJECTS = 5;
const clock = { nowMs: () => NOW_MS };

const dynamoDb = useDynamoDb();

function makeWorker(): Counting {
  const { client, tables, pacer } = dynamoDb;
  const ports = {
    journals: new DynamoDbJournal({ client, tableName: tables.journal, pacer }),
    shards: new DynamoDbCounterShards({ client, tableName: tables.counters, pacer }),
    days: new DynamoDbDays({ client, tableName: tables.days }),
    catalog: new DynamoDbCatalog({ client, tableName: tables.catalog }),
    rejected: { put: () => Promise.reject(new Error('nothing here is to be rejected')) },
    metrics: { add: () => undefined },
    clock,
  };
  return new Counting(ports, {
    settings: {
      formatVersion: FORMAT_VERSION,
      laneCount: 2,
      sliceMs: SLICE_MS,
      lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
    },
    streamRetentionMs: 7 * DAY_MS,
    journalConcurrency: 4,
    commitEventCountMax: 1_000,
    cacheBytesMax: 1_000_000,
  });
}

function lineOf(index: number, chunkId: string): string {
  const subject = `s${index % SUBJECTS}`;
  const event = { id: `e${index}`, source: 's', type: 't', subject, partitionKey: `t/${subject}` };
  const timeMs = NOW_MS - (index % 8) * 60_000;
  const stamp = { receivedAtMs: NOW_MS, chunkId, position: 0 };
  return formatArchiveLine({ ...event, timeMs, value: (index % 7) - 3, restJson: '' }, stamp);
}

async function makeChunks(random: Random): Promise<{ bytes: Uint8Array }[]> {
  const chunks: { bytes: Uint8Array }[] = [];
  for (let from = 0; from < EVENTS; from += EVENTS_PER_CHUNK) {
    const indexes = Array.from({ length: EVENTS_PER_CHUNK }, (_, offset) => from + offset);
    const duplicates = [random.integer(0, EVENTS - 1), random.integer(0, EVENTS - 1)];
    chunks.push({
      bytes: encodeChunk([...indexes, ...duplicates].map((index) => lineOf(index, `c${from}`))),
    });
  }
  return chunks;
}

/** As an event source does: the same batch again, to this worker or to a cold one, until it is counted. */
async function deliver(
  random: Random,
  warm: Counting,
  batch: readonly { bytes: Uint8Array }[],
): Promise<void> {
  let worker = warm;
  for (let attempt = 1; ; attempt++) {
    try {
      await worker.count(batch);
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      worker = random.chance(0.5) ? worker : makeWorker();
    }
  }
}

/** Every worker gets every chunk, in batches of its own: each chunk has several workers at once. */
async function work(random: Random, chunks: readonly { bytes: Uint8Array }[]): Promise<void> {
  const worker = makeWorker();
  for (let from = 0; from < chunks.length;) {
    const length = random.integer(1, 4);
    await deliver(random, worker, chunks.slice(from, from + length));
    from += length;
  }
}

async function countedOf(counter: string): Promise<{ value: number; events: number }> {
  const { client, tables } = dynamoDb;
  const reader = new DynamoDbCounterReader({ client, tableName: tables.counters, clock });
  const counted = { value: 0, events: 0 };
  for await (const { minutes } of reader.readShards({ counter, consistency: 'strong' })) {
    for (const { value, events } of minutes) {
      counted.value += value;
      counted.events += events;
    }
  }
  return counted;
}

test.each([1, 2])(
  'two workers on the same chunks are exact under lost and late calls and throttles, seed %i',
  async (seed) => {
    const random = new Random(`dynamodb ${seed}`);
    dynamoDb.proxy.fateOf = () => {
      const dice = random.next();
      if (dice < 0.06) return 'loseRequest';
      if (dice < 0.12) return 'loseResponse';
      if (dice < 0.15) return 'late';
      return dice < 0.2 ? throttle('ProvisionedThroughputExceededException') : 'pass';
    };
    const chunks = await makeChunks(random);
    await Promise.all(
      Array.from({ length: WORKERS }, (_, index) => work(random.fork(`worker ${index}`), chunks)),
    );
    dynamoDb.proxy.fateOf = () => 'pass';
    await dynamoDb.proxy.settle();

    const indexes = Array.from({ length: EVENTS }, (_, index) => index);
    const expectedOf = (chosen: readonly number[]) => ({
      value: chosen.reduce((sum, index) => sum + (index % 7) - 3, 0),
      events: chosen.length,
    });
    expect(await countedOf('t')).toEqual(expectedOf(indexes));
    for (let subject = 0; subject < SUBJECTS; subject++) {
      const chosen = indexes.filter((index) => index % SUBJECTS === subject);
      expect(await countedOf(`t/s${subject}`)).toEqual(expectedOf(chosen));
    }
  },
  180_000,
);
