/** The Lambda *count*: a batch of chunks from the stream in, every event of them in the counters exactly once. */
import type {
  Context,
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  KinesisStreamRecord,
} from 'aws-lambda';
import { makeDynamoDbClient, makeFirehoseClient } from '../adapters/aws/clients.js';
import { DynamoDbCatalog } from '../adapters/aws/dynamodb-catalog.js';
import { DynamoDbCounterShards } from '../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbDays } from '../adapters/aws/dynamodb-days.js';
import { DynamoDbJournal } from '../adapters/aws/dynamodb-journal.js';
import { DynamoDbMarkers } from '../adapters/aws/dynamodb-markers.js';
import { DynamoDbJournalFilters } from '../adapters/aws/dynamodb-journal-filters.js';
import { DynamoDbProgress } from '../adapters/aws/dynamodb-progress.js';
import { ReadFirstCounterShards } from '../adapters/aws/read-first-counter-shards.js';
import { FirehoseSink } from '../adapters/aws/firehose-sink.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { Counting } from '../core/count/count.js';
import { ENV } from '../core/env-names.js';
import { GAUGES } from '../core/metric-names.js';
import type { RejectedLine } from '../core/ports.js';
import { requireEnv, requireIntegerEnv } from './environment.js';
import { observe } from './observability.js';
import { once } from './once.js';
import { makeSettings } from './settings.js';
import { makeMustStop } from './must-stop.js';
import { makeSystemClock } from './system-clock.js';

/** Enough to keep a CPU busy while calls are on their way; calls themselves are bounded by the pacer. */
const JOURNAL_CONCURRENCY = 32;
/** Memory for the ids of journals, of the 1,769 MB that go with one CPU. */
const CACHE_BYTES_MAX = 256 * 1024 * 1024;
/**
 * A stripe's batch of a minute at 1,250 events/s, with room: a batch committed in two parts writes what they share
 * twice. The events of so many take some 150 MB.
 */
const COMMIT_EVENT_COUNT_MAX = 150_000;

const { logger, metrics } = observe('count');
const clock = makeSystemClock();
const client = makeDynamoDbClient();
const pacer = new WritePacer({ timer: processTimer, windowMs: requireIntegerEnv(ENV.freshnessMs) });
const readSettings = makeSettings(client, clock);
const streamRetentionMs = requireIntegerEnv(ENV.streamRetentionMs);
const daysTable = requireEnv(ENV.daysTable);
const progress = new DynamoDbProgress({
  client,
  tableName: daysTable,
  stripeCount: requireIntegerEnv(ENV.stripeCount),
});
const journalTable = { client, tableName: requireEnv(ENV.journalTable), pacer };
const countersTable = { client, tableName: requireEnv(ENV.countersTable) };
const shards = new DynamoDbCounterShards({ ...countersTable, pacer });
const ports = {
  journals: new DynamoDbJournal(journalTable),
  filters: new DynamoDbJournalFilters(journalTable),
  shards,
  settledShards: new ReadFirstCounterShards({ ...countersTable, shards }),
  days: new DynamoDbDays({ client, tableName: daysTable }),
  catalog: new DynamoDbCatalog({ client, tableName: requireEnv(ENV.catalogTable) }),
  rejected: new FirehoseSink<RejectedLine>({
    client: makeFirehoseClient(),
    streamName: requireEnv(ENV.rejectedStream),
  }),
  markers: new DynamoDbMarkers({ client, tableName: daysTable }),
  metrics,
  clock,
};

/** One for the sandbox's life: what it learned of journals serves the next batch. It never trusts what may be wrong. */
const ready = once(
  async () =>
    new Counting(ports, {
      settings: await readSettings(),
      streamRetentionMs,
      journalConcurrency: JOURNAL_CONCURRENCY,
      commitEventCountMax: COMMIT_EVENT_COUNT_MAX,
      cacheBytesMax: CACHE_BYTES_MAX,
    }),
);

/**
 * Everything awaited: when this returns, nothing that it started still runs. A sandbox is frozen between batches, and
 * would resume in the next one what this one left behind.
 *
 * A failure of the infrastructure is thrown, and the batch delivered again: it is idempotent. Bad chunks never fail it.
 */
export const handler = async (
  event: KinesisStreamEvent,
  context: Context,
): Promise<KinesisStreamBatchResponse> => {
  const records = event.Records;
  try {
    const counting = await ready();
    const countedCount = await counting.count(records.map(chunkOf), makeMustStop(context));
    await recordProgress(records.slice(0, countedCount));
    return { batchItemFailures: firstOf(records.slice(countedCount)) };
  } catch (error) {
    logger.error('batch failed and will be delivered again', error as Error);
    throw error;
  } finally {
    metrics.flush();
  }
};

const chunkOf = ({ kinesis }: KinesisStreamRecord) => ({ bytes: Buffer.from(kinesis.data, 'base64') });

/** The first record that was not counted: Lambda delivers again from there on. */
const firstOf = ([first]: readonly KinesisStreamRecord[]) =>
  first === undefined ? [] : [{ itemIdentifier: first.kinesis.sequenceNumber }];

/** A batch is one shard's, in order, so its last record says how far counting has come. A chunk's partition key is its stripe. */
async function recordProgress(counted: readonly KinesisStreamRecord[]): Promise<void> {
  const last = counted.at(-1)?.kinesis;
  if (last === undefined) return;
  const arrivedAtMs = Math.floor(last.approximateArrivalTimestamp * 1_000);
  // Two machines' clocks may disagree by a little: nothing is counted before it arrives.
  metrics.observeMs(GAUGES.freshness, Math.max(0, clock.nowMs() - arrivedAtMs));
  await progress.record(Number(last.partitionKey), arrivedAtMs);
}
