/**
 * From a workload to the units it is billed for: everything a stack uses while it takes in so many events.
 *
 * Each constant says what measures it. Those of AWS's own side (how long a call takes, how often a key is asked for) are
 * estimates and are called so.
 */
import {
  athenaBytes,
  firehoseBytes,
  GB,
  httpApiUnits,
  lambdaGbSeconds,
  putPayloadUnits,
  TB,
} from './billed-units.js';
import { batchingOf, type Batching } from './batching.js';
import type { CountedUnits } from './meter.js';
import { expectTableUse, type TableUse } from './table-use.js';
import type { Workload } from './workload.js';
import { expectStoreUse, type StoreUse } from './write-units.js';

/** Both Lambdas have one whole virtual CPU (lib/ingest.ts, lib/counting.ts). */
const LAMBDA_MB = 1_769;
/** CPU to decode, check, stamp and gzip one event: `npm run bench -- --only ingest-cpu`, with room for a slower core. */
const INGEST_CPU_US_PER_EVENT = 4;
/** Estimate: PutRecords and the receipt, one after the other. */
const INGEST_WAIT_MS = 30;
/** CPU to inflate, scan, hash and group one event: `npm run bench -- --only count-cpu`, with room for a slower core. */
const COUNT_CPU_US_PER_EVENT = 2;
/** CPU of one SDK call: `npm run bench -- --only write-units` reports calls per second of a core. */
const CALL_CPU_US = 500;
/** Below this rate a worker's writes are not paced slower (adapters/aws/write-pacer.ts). */
const PACED_UNITS_PER_SECOND_MIN = 1_000;
/** A steady load is written in half a window: the pacer allows twice the rate of the window before. */
const PACED_GROWTH = 2;

/** A receipt: one line of JSON with up to one chunk id, count and sum per stripe. Billed as one 5 KB record. */
const RECEIPT_BYTES = 400;
/** A request's line in the API's access log, and ingest's metrics in a line of the embedded metric format. */
const LOG_BYTES_PER_REQUEST = 250 + 550;
const LOG_BYTES_PER_BATCH = 1_000;
/** An answer with its headers. */
const ANSWER_BYTES = 400;

/** Firehose delivers an object at 64 MiB or after 300 s, whichever is first (lib/delivery.ts). */
const OBJECT_BYTES_MAX = 64 * 1024 * 1024;
const OBJECT_SECONDS_MAX = 300;

/** Estimate: a shard's writer and its two readers ask for the stream's data key every five minutes. */
const KMS_CALLS_PER_SHARD_SECOND = 3 / 300;

/**
 * How often the nightly audits read an archived event: the seal of its day reads from the day before to now, the report
 * of yesterday from the day before that. With 48 hours of lateness: 4.2 and 2.2 days of files a night.
 */
const ARCHIVE_SCANS = 4.2 + 2.2;
/** Queries of an audit. Each is billed at least 10 MB, which is all that a small archive costs. */
const AUDIT_QUERIES_PER_DAY = 6;
const AUDIT_STEPS_PER_DAY = 60;

const CUSTOM_METRICS = 16;
const ALARMS = 20;

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_MONTH = 730 * SECONDS_PER_HOUR;
/** Auto scaling's default target: what is provisioned is used to so much. */
export const PROVISIONED_UTILIZATION = 0.7;

export interface Expectation {
  readonly eventCount: number;
  readonly units: CountedUnits;
  readonly batching: Batching;
  readonly store: StoreUse;
}

/** The units of so many events that come at the workload's steady rate. Time-priced things count for as long as that takes. */
export function expectUnits(workload: Workload, eventCount = 1e9): Expectation {
  const batching = batchingOf(workload);
  const scaled = { ...workload, stripeCount: batching.stripeCount };
  const store = expectStoreUse(scaled, batching.windowSeconds);
  const tables = expectTableUse(scaled, store, batching.windowSeconds);
  const seconds = eventCount / workload.eventsPerSecond;
  const requestCount = eventCount / workload.eventsPerRequest;
  const units: CountedUnits = {
    ...edgeUnits(scaled, requestCount),
    ...countUnits(scaled, batching, store, eventCount),
    ...streamUnits(batching, requestCount, seconds),
    ...archiveUnits(scaled, batching, requestCount),
    ...storeUnits(scaled, store, eventCount),
    ...tableUnits(scaled, tables, seconds),
    ...watchUnits(batching, requestCount, seconds),
  };
  return { eventCount, units, batching, store };
}

/** Batches per second: one per stripe and window. */
const batchesPerSecond = ({ stripeCount, windowSeconds }: Batching): number => stripeCount / windowSeconds;

function edgeUnits(workload: Workload, requestCount: number): CountedUnits {
  const { eventBytes, eventsPerRequest } = workload;
  const durationMs = INGEST_WAIT_MS + (eventsPerRequest * INGEST_CPU_US_PER_EVENT) / 1_000;
  return {
    httpApiRequests: requestCount * httpApiUnits(eventsPerRequest * eventBytes),
    ingestGbSeconds: requestCount * lambdaGbSeconds(durationMs, LAMBDA_MB),
    transferGb: (requestCount * ANSWER_BYTES) / GB,
  };
}

function countUnits(
  workload: Workload,
  batching: Batching,
  store: StoreUse,
  eventCount: number,
): CountedUnits {
  const seconds = eventCount / workload.eventsPerSecond;
  const batchCount = batchesPerSecond(batching) * seconds;
  const durationMs = countSeconds(workload, batching, store) * 1_000;
  return {
    lambdaRequests: eventCount / workload.eventsPerRequest + batchCount,
    countGbSeconds: batchCount * lambdaGbSeconds(durationMs, LAMBDA_MB),
  };
}

/** How long one batch is counted: bound by its CPU, or by the pace of its writes. */
function countSeconds(workload: Workload, batching: Batching, store: StoreUse): number {
  const eventsPerStripe = workload.eventsPerSecond / batching.stripeCount;
  const events = eventsPerStripe * batching.windowSeconds;
  const cpuSeconds = (events * (COUNT_CPU_US_PER_EVENT + store.calls * CALL_CPU_US)) / 1e6;
  const units = events * (store.journalWriteUnits + store.counterWriteUnits);
  const pace = Math.max(PACED_UNITS_PER_SECOND_MIN, (PACED_GROWTH * units) / batching.windowSeconds);
  return Math.max(cpuSeconds, units / pace);
}

function streamUnits(batching: Batching, requestCount: number, seconds: number): CountedUnits {
  const { chunksPerRequest, chunkBytes, stripeCount } = batching;
  const shardHours = (stripeCount * seconds) / SECONDS_PER_HOUR;
  return {
    shardHours,
    extendedRetentionShardHours: shardHours,
    putPayloadUnits: requestCount * chunksPerRequest * putPayloadUnits(chunkBytes),
    kmsRequests: stripeCount * seconds * KMS_CALLS_PER_SHARD_SECOND,
    kmsKeyMonths: seconds / SECONDS_PER_MONTH,
  };
}

function archiveUnits(workload: Workload, batching: Batching, requestCount: number): CountedUnits {
  const seconds = (requestCount * workload.eventsPerRequest) / workload.eventsPerSecond;
  const { chunksPerRequest, chunkBytes } = batching;
  const eventBytes = requestCount * chunksPerRequest * chunkBytes;
  const receiptBytes = requestCount * RECEIPT_BYTES;
  const days = seconds / SECONDS_PER_DAY;
  const objects = objectCount(eventBytes, seconds) + objectCount(receiptBytes, seconds);
  const scannedPerQuery = ((eventBytes + receiptBytes) * ARCHIVE_SCANS) / days / AUDIT_QUERIES_PER_DAY;
  return {
    firehoseEventsGb: (requestCount * chunksPerRequest * firehoseBytes(chunkBytes)) / GB,
    firehoseReceiptsGb: (requestCount * firehoseBytes(RECEIPT_BYTES)) / GB,
    s3Puts: objects,
    s3Gets: objects * ARCHIVE_SCANS,
    s3GbMonths: ((eventBytes + receiptBytes) / GB) * workload.archiveMonths,
    athenaTb: (athenaBytes(scannedPerQuery) * AUDIT_QUERIES_PER_DAY * days) / TB,
    stateTransitions: AUDIT_STEPS_PER_DAY * days,
    schedules: days,
  };
}

const objectCount = (bytes: number, seconds: number): number =>
  Math.max(bytes / OBJECT_BYTES_MAX, seconds / OBJECT_SECONDS_MAX);

function storeUnits(workload: Workload, store: StoreUse, eventCount: number): CountedUnits {
  const journal = eventCount * store.journalWriteUnits;
  const counter = eventCount * store.counterWriteUnits;
  const reads = eventCount * store.readUnits;
  if (workload.capacity === 'on-demand') {
    return { journalWriteUnits: journal, counterWriteUnits: counter, countReadUnits: reads };
  }
  // A capacity unit of an hour is a unit in each of its seconds.
  const capacityHours = (units: number): number => units / SECONDS_PER_HOUR / PROVISIONED_UTILIZATION;
  return {
    journalWriteCapacityHours: capacityHours(journal),
    counterWriteCapacityHours: capacityHours(counter),
    readCapacityHours: capacityHours(reads),
  };
}

function tableUnits({ archiveMonths }: Workload, tables: TableUse, seconds: number): CountedUnits {
  const days = seconds / SECONDS_PER_DAY;
  const counterGbMonths = (tables.counterBytesPerDay / GB) * days * tables.keptMonths;
  const journalGbMonths = (tables.journalBytesPerDay / GB) * days * tables.keptMonths;
  const totalsGbMonths = (tables.totalsBytesPerDay / GB) * days * archiveMonths;
  return {
    totalsWriteUnits: tables.totalsPerDay * days,
    auditReadUnits: tables.auditReadUnitsPerDay * days,
    tableGbMonths: counterGbMonths + journalGbMonths + totalsGbMonths,
    // The journal is rebuilt from the archive: it has no backup (lib/tables.ts).
    backupGbMonths: counterGbMonths + totalsGbMonths,
  };
}

function watchUnits(batching: Batching, requestCount: number, seconds: number): CountedUnits {
  const months = seconds / SECONDS_PER_MONTH;
  const logBytes =
    requestCount * LOG_BYTES_PER_REQUEST + batchesPerSecond(batching) * seconds * LOG_BYTES_PER_BATCH;
  return {
    logGb: logBytes / GB,
    metricMonths: CUSTOM_METRICS * months,
    alarmMonths: ALARMS * months,
    dashboardMonths: months,
  };
}
