/**
 * What the nightly audits of one day of events use. Each night one closed day is sealed, and one day that is still open is
 * reported on: a day of events is audited twice.
 *
 * Step by step as the audit goes (docs/audit.md): settle and read the journals, scan the counter shards, stage the archive, ask
 * SQL, and, to seal, write totals. On a clean day: drift costs more, but no day should have any.
 */
import { athenaBytes, GB, lambdaGbSeconds, readUnits, TB, writeUnits } from './billed-units.js';

/** What a day leaves behind, for its audits to read. */
export interface AuditedDay {
  readonly typeCount: number;
  /** All entries of the day's journals. */
  readonly journalBytes: number;
  /** Journals that there can be: each is asked for. */
  readonly journalCount: number;
  /** Increments in the newest entries of all journals: settling looks at the shard of each. */
  readonly newestIncrementCount: number;
  /** The whole counters table, all days in it: a scan reads it to the end, because phantoms must be found. */
  readonly counterTableBytes: number;
  /** Rows of the snapshot: one per counter, hour and lane for the journals, and one for the shards. */
  readonly snapshotRowCount: number;
  /** One total per counter that had events. */
  readonly totalCount: number;
  readonly totalBytes: number;
  /** A day's files of events and of receipts. */
  readonly archivedBytes: number;
  readonly receiptBytes: number;
  readonly objectCount: number;
}

export interface AuditUse {
  readonly readUnits: number;
  readonly totalsWriteUnits: number;
  readonly athenaTb: number;
  readonly s3Puts: number;
  readonly s3Gets: number;
  /** Working files until they expire, and what is kept of each run, for one month. */
  readonly s3GbMonths: number;
  readonly stateTransitions: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
}

export interface AuditRunKind {
  /** Days of files that the run reads: from the day before the audited one up to now. */
  readonly fileDays: number;
  readonly isSeal: boolean;
}

/** At 03:00, with 48 hours of lateness: the day before the sealed one, that day, its two days of lateness, and three hours. */
export const SEAL: AuditRunKind = { fileDays: 4 + 3 / 24, isSeal: true };
/** The day before yesterday, yesterday, and three hours. */
export const REPORT: AuditRunKind = { fileDays: 2 + 3 / 24, isSeal: false };

/** Parts of the journals' lanes, of the shards' scan and of the totals, each one call of a step's function. */
export const PARTS = 16;

/** Both runs of a day. */
export function expectAuditUse(day: AuditedDay): AuditUse {
  const [seal, report] = [auditRunUse(day, SEAL), auditRunUse(day, REPORT)];
  const names = Object.keys(seal) as (keyof AuditUse)[];
  return Object.fromEntries(names.map((name) => [name, seal[name] + report[name]])) as Record<
    keyof AuditUse,
    number
  >;
}

export function auditRunUse(day: AuditedDay, run: AuditRunKind): AuditUse {
  const files = fileUse(day, run);
  return {
    readUnits: readUnitsOf(day, run),
    totalsWriteUnits: run.isSeal ? totalsWriteUnits(day) : 0,
    athenaTb: queryBytes(day, run).reduce((sum, bytes) => sum + athenaBytes(bytes), 0) / TB,
    ...files,
    ...stepUse(day, run),
  };
}

/** Settling looks at each shard of a newest entry, eventually; journals are read strongly; shards are scanned eventually. */
function readUnitsOf(day: AuditedDay, { isSeal }: AuditRunKind): number {
  const settling = day.newestIncrementCount * readUnits(0, 'eventual');
  const journals = day.journalCount * readUnits(day.journalBytes / day.journalCount, 'strong');
  const shards = readUnits(day.counterTableBytes, 'eventual');
  // To write a counter's total, what was sealed of it before is read: one short read.
  const totals = isSeal ? day.totalCount * readUnits(0, 'strong') : 0;
  return settling + journals + shards + totals;
}

/** A write in a transaction is billed twice; each holds the fence's condition and as many totals as fit beside it. */
const TRANSACTION_FACTOR = 2;
const TRANSACTION_ITEMS_MAX = 100;
/** A hundred subjects of some 40 bytes, ranked per type. */
const TOP_ITEM_BYTES = 4_000;

export function totalsWriteUnits({ totalCount, totalBytes, typeCount }: AuditedDay): number {
  const fences = Math.ceil(totalCount / (TRANSACTION_ITEMS_MAX - 1));
  const totals = totalCount * writeUnits(totalBytes / Math.max(1, totalCount));
  const tops = typeCount * writeUnits(TOP_ITEM_BYTES);
  return TRANSACTION_FACTOR * (fences + totals + tops);
}

/** A staged event against its line in the archive, in bytes: Parquet with Snappy; measured over the benches' events. */
const STAGED_SHARE = 1.08;
/** Trino reads a table as often as the text comes to it: `reconcile` to the identities twice, and to the winners of conflicts once. */
const RECONCILE_READS = 3;
/** Of a staged event's bytes: the columns that `reconcile`, `receipts` and `lines` name. Most is the id. */
const RECONCILE_COLUMNS = 0.95;
const RECEIPT_COLUMNS = 0.04;
const LINES_COLUMNS = 0.1;
/** `receipts` reads the receipts for their sums, and once more for the failures they tell of. */
const RECEIPT_READS = 2;
/** Compressed, of a snapshot's row. */
const SNAPSHOT_ROW_BYTES = 12;
/** `top` comes to the snapshot twice. */
const TOP_READS = 2;

/** Bytes that each query of a run scans. */
export function queryBytes(day: AuditedDay, { fileDays, isSeal }: AuditRunKind): number[] {
  const staged = day.archivedBytes * STAGED_SHARE;
  const snapshot = day.snapshotRowCount * SNAPSHOT_ROW_BYTES;
  const stage = day.archivedBytes * fileDays;
  const lines = LINES_COLUMNS * staged;
  const reconcile = RECONCILE_READS * RECONCILE_COLUMNS * staged + snapshot;
  const receipts = RECEIPT_COLUMNS * staged + RECEIPT_READS * fileDays * day.receiptBytes;
  const sealing = isSeal ? [snapshot, TOP_READS * snapshot] : [];
  return [stage, lines, reconcile, receipts, ...sealing];
}

/** How many files Athena writes a staged day to, at least, and how large it lets them grow. */
const STAGED_OBJECTS_MIN = 30;
const STAGED_OBJECT_BYTES = 256 * 1024 * 1024;
/** Working files go after so many days. */
const WORK_KEPT_MONTHS = (7 * 24) / 730;
/** A line of a totals file: the counter, its sums, and the hours it has. */
const TOTALS_LINE_BYTES = 250;
/** Report, act, notes of each part. */
const SMALL_FILES = 2 * PARTS + 10;

function fileUse(day: AuditedDay, { fileDays, isSeal }: AuditRunKind) {
  const staged = day.archivedBytes * STAGED_SHARE;
  const stagedObjects = Math.max(STAGED_OBJECTS_MIN, staged / STAGED_OBJECT_BYTES);
  const queries = queryBytes(day, { fileDays, isSeal }).length;
  const snapshot = day.snapshotRowCount * SNAPSHOT_ROW_BYTES;
  const kept = isSeal ? day.totalCount * TOTALS_LINE_BYTES : 0;
  return {
    s3Puts: stagedObjects + 2 * PARTS + SMALL_FILES + queries,
    s3Gets: day.objectCount * fileDays + stagedObjects * RECONCILE_READS + SMALL_FILES + queries,
    s3GbMonths: ((staged + snapshot) * WORK_KEPT_MONTHS + kept) / GB,
  };
}

/** Steps of a run besides those of its parts: begin, wait, stage, ask, judge, and the transitions between them. */
const STEPS = 40;
/** A map's part: its iteration, its step, its end. */
const TRANSITIONS_PER_PART = 3;
const STEP_MB = 1_769;
/** Estimate: what one step reads and decodes of a table in a second, with one CPU. */
const READ_BYTES_PER_SECOND = 15_000_000;
/** A counter's total: read what was before, add, write. By the CPU of two calls per counter (a hundredth of one to write). */
const SECONDS_PER_TOTAL = 0.000_6;

function stepUse(day: AuditedDay, { isSeal }: AuditRunKind) {
  const mapped = PARTS * (isSeal ? 3 : 2);
  const reading = (day.journalBytes + day.counterTableBytes) / READ_BYTES_PER_SECOND;
  const sealing = isSeal ? day.totalCount * SECONDS_PER_TOTAL : 0;
  return {
    stateTransitions: STEPS + mapped * TRANSITIONS_PER_PART,
    lambdaRequests: STEPS / 2 + mapped,
    lambdaGbSeconds: lambdaGbSeconds((reading + sealing + STEPS / 2) * 1_000, STEP_MB),
  };
}
