/**
 * From a workload to the units it is billed for: everything a stack uses while it takes in so many events.
 *
 * Each constant says what measures it. Those of AWS's own side (how long a call takes, how often a key is asked for) are
 * estimates and are called so.
 */
import { expectAuditUse, type AuditedDay, type AuditUse } from './audit-use.js';
import { firehoseBytes, GB, httpApiUnits, lambdaGbSeconds, putPayloadUnits } from './billed-units.js';
import { batchingOf, type Batching } from './batching.js';
import type { CountedUnits } from './meter.js';
import type { PriceName } from './prices.js';
import { expectTableUse, SLICES_PER_DAY, type TableUse } from './table-use.js';
import { watchUnits } from './watch-use.js';
import type { Workload } from './workload.js';
import { expectStoreUse, type StoreUse } from './write-units.js';

/** With so much memory a function has one whole virtual CPU. */
const MB_PER_CPU = 1_769;
/** As the stack has them; held to it by test/lib/observability/cost-model.test.ts. */
export const INGEST_MB = 1_024;
export const COUNT_MB = 1_769;
export const HEARTBEAT_MB = 256;
/** CPU to decode, check, stamp and gzip one event: `npm run bench -- --only ingest-cpu`, with room for a slower core. */
const INGEST_CPU_US_PER_EVENT = 4;
/** Estimate: PutRecords and the receipt, one after the other. */
const INGEST_WAIT_MS = 30;
const INGEST_CALLS = 2;
/** CPU to inflate, scan, hash and group one event: `npm run bench -- --only count-cpu`, with room for a slower core. */
const COUNT_CPU_US_PER_EVENT = 2;
/** CPU of one SDK call: `npm run bench -- --only sdk-calls`, with sockets and TLS on top. */
const CALL_CPU_US = 500;
/** Below this rate a worker's writes are not paced slower (adapters/aws/write-pacer.ts). */
const PACED_UNITS_PER_SECOND_MIN = 1_000;
/** A steady load is written in half a window: the pacer allows twice the rate of the window before. */
const PACED_GROWTH = 2;

/** A receipt of four chunks: a line each, compressed together. Billed as one 5 KB record. */
const RECEIPT_BYTES = 230;
/** An answer with its headers. */
const ANSWER_BYTES = 400;

/** Firehose delivers an object at 64 MiB or after 300 s, whichever is first (lib/delivery.ts). */
const OBJECT_BYTES_MAX = 64 * 1024 * 1024;
const OBJECT_SECONDS_MAX = 300;

/** Estimate: a shard's writer and its two readers ask for the stream's data key every five minutes. */
const KMS_CALLS_PER_SHARD_SECOND = 3 / 300;

/** A schedule calls a function each minute, which puts a line of Tally's own on each stripe; and once a night, the audit begins. */
const HEARTBEATS_PER_DAY = 1_440;
const HEARTBEAT_MS = 100;

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
  /** The audits of one day of events. */
  readonly audits: AuditUse;
}

/** The units of so many events that come at the workload's steady rate. Time-priced things count for as long as that takes. */
export function expectUnits(workload: Workload, eventCount = 1e9): Expectation {
  const batching = batchingOf(workload);
  const scaled = { ...workload, stripeCount: batching.stripeCount };
  const store = expectStoreUse(scaled, batching.windowSeconds);
  const tables = expectTableUse(scaled, store, batching.windowSeconds);
  const seconds = eventCount / workload.eventsPerSecond;
  const requestCount = eventCount / workload.eventsPerRequest;
  const archive = archiveOf(scaled, batching, requestCount);
  const audits = expectAuditUse(auditedDay(scaled, tables, archive));
  const days = seconds / SECONDS_PER_DAY;
  const batchCount = batchesPerSecond(batching) * seconds;
  const units = addUp(
    edgeUnits(scaled, requestCount),
    countUnits(scaled, batching, store, eventCount),
    streamUnits(batching, requestCount, seconds),
    archiveUnits(scaled, batching, archive, requestCount),
    storeUnits(scaled, store, eventCount),
    { progressWriteUnits: batchCount },
    tableUnits(scaled, tables, seconds),
    auditUnits(audits, days),
    heartbeatUnits(batching, days),
    watchUnits({ requests: requestCount, batches: batchCount, months: seconds / SECONDS_PER_MONTH }),
  );
  return { eventCount, units, batching, store, audits };
}

function addUp(...parts: readonly CountedUnits[]): CountedUnits {
  const sum: Partial<Record<PriceName, number>> = {};
  for (const part of parts)
    for (const [price, units] of Object.entries(part) as [PriceName, number][])
      sum[price] = (sum[price] ?? 0) + units;
  return sum;
}

/** Batches per second: one per stripe and window. */
const batchesPerSecond = ({ stripeCount, windowSeconds }: Batching): number => stripeCount / windowSeconds;

function edgeUnits(workload: Workload, requestCount: number): CountedUnits {
  const { eventBytes, eventsPerRequest } = workload;
  const cpuUs = eventsPerRequest * INGEST_CPU_US_PER_EVENT + INGEST_CALLS * CALL_CPU_US;
  const durationMs = INGEST_WAIT_MS + (cpuUs / 1_000) * (MB_PER_CPU / INGEST_MB);
  return {
    httpApiRequests: requestCount * httpApiUnits(eventsPerRequest * eventBytes),
    ingestGbSeconds: requestCount * lambdaGbSeconds(durationMs, INGEST_MB),
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
    countGbSeconds: batchCount * lambdaGbSeconds(durationMs, COUNT_MB),
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

interface Archive {
  readonly days: number;
  readonly eventBytes: number;
  readonly receiptBytes: number;
  readonly objects: number;
}

function archiveOf(workload: Workload, batching: Batching, requestCount: number): Archive {
  const seconds = (requestCount * workload.eventsPerRequest) / workload.eventsPerSecond;
  const eventBytes = requestCount * batching.chunksPerRequest * batching.chunkBytes;
  const receiptBytes = requestCount * RECEIPT_BYTES;
  return {
    days: seconds / SECONDS_PER_DAY,
    eventBytes,
    receiptBytes,
    objects: objectCount(eventBytes, seconds) + objectCount(receiptBytes, seconds),
  };
}

function archiveUnits(
  { archiveMonths }: Workload,
  { chunksPerRequest, chunkBytes }: Batching,
  { eventBytes, receiptBytes, objects }: Archive,
  requestCount: number,
): CountedUnits {
  return {
    firehoseEventsGb: (requestCount * chunksPerRequest * firehoseBytes(chunkBytes)) / GB,
    firehoseReceiptsGb: (requestCount * firehoseBytes(RECEIPT_BYTES)) / GB,
    s3Puts: objects,
    s3GbMonths: ((eventBytes + receiptBytes) / GB) * archiveMonths,
  };
}

const auditedDay = (
  { laneCount, typeCount }: Workload,
  tables: TableUse,
  { days, eventBytes, receiptBytes, objects }: Archive,
): AuditedDay => ({
  typeCount,
  journalBytes: tables.journalBytesPerDay,
  journalCount: laneCount * SLICES_PER_DAY,
  newestIncrementCount: tables.newestIncrementsPerDay,
  counterTableBytes: tables.counterBytesPerDay * tables.keptDays,
  snapshotRowCount: 2 * tables.shardsPerDay,
  totalCount: tables.totalsPerDay,
  totalBytes: tables.totalsBytesPerDay,
  archivedBytes: eventBytes / days,
  receiptBytes: receiptBytes / days,
  objectCount: objects / days,
});

const auditUnits = (audits: AuditUse, days: number): CountedUnits => ({
  auditReadUnits: audits.readUnits * days,
  totalsWriteUnits: audits.totalsWriteUnits * days,
  athenaTb: audits.athenaTb * days,
  s3Puts: audits.s3Puts * days,
  s3Gets: audits.s3Gets * days,
  auditGbMonths: audits.s3GbMonths * days,
  stateTransitions: audits.stateTransitions * days,
  lambdaRequests: audits.lambdaRequests * days,
  auditGbSeconds: audits.lambdaGbSeconds * days,
  schedules: days,
});

/** Its chunks: a record of a few hundred bytes, which a reader is billed 5 KB for. */
const heartbeatUnits = ({ stripeCount }: Batching, days: number): CountedUnits => ({
  schedules: HEARTBEATS_PER_DAY * days,
  lambdaRequests: HEARTBEATS_PER_DAY * days,
  ingestGbSeconds: HEARTBEATS_PER_DAY * days * lambdaGbSeconds(HEARTBEAT_MS, HEARTBEAT_MB),
  putPayloadUnits: HEARTBEATS_PER_DAY * days * stripeCount,
  firehoseEventsGb: (HEARTBEATS_PER_DAY * days * stripeCount * firehoseBytes(0)) / GB,
});

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
  const keptMonths = (tables.keptDays * SECONDS_PER_DAY) / SECONDS_PER_MONTH;
  const counterGbMonths = (tables.counterBytesPerDay / GB) * days * keptMonths;
  const journalGbMonths = (tables.journalBytesPerDay / GB) * days * keptMonths;
  const totalsGbMonths = (tables.totalsBytesPerDay / GB) * days * archiveMonths;
  return {
    tableGbMonths: counterGbMonths + journalGbMonths + totalsGbMonths,
    // The journal is rebuilt from the archive: it has no backup (lib/tables.ts).
    backupGbMonths: counterGbMonths + totalsGbMonths,
  };
}
