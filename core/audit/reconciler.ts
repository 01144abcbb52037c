/** What SQL answers to the audit: the port to DuckDB or Athena. One text for both, in `sql/`. */
import type { Sum } from '../query/sums.js';
import type { Day } from '../time.js';
import type { Fence } from './ports.js';

/** `2026-11-21T09`: an hour of event time. */
export type HourName = string;

/** All lines of the archive from the day before the day's start up to now. */
export interface LineTotals {
  readonly lineCount: number;
  /** Lines of events of the day, duplicates and all. */
  readonly eventLineCount: number;
  /** Lines that are no archive lines. */
  readonly badLineCount: number;
  /** Stripes whose marker of the day has come through the archive. */
  readonly markedStripes: readonly number[];
}

/** One counter's hour, as the archive, the journals and the counter shards have it. */
export interface ReconciledHour {
  readonly counter: string;
  readonly hour: HourName;
  readonly archived: Sum;
  readonly archivedValueMin: number;
  readonly archivedValueMax: number;
  readonly journaled: Sum;
  readonly counted: Sum;
}

export interface Reconciliation {
  /** Over all counters and hours. */
  readonly totals: Pick<ReconciledHour, 'archived' | 'journaled' | 'counted'> & {
    readonly counterHourCount: number;
  };
  /** Where the three don't agree. */
  readonly drift: readonly ReconciledHour[];
}

/** A chunk's events of one hour: as its receipt says, and as the archive holds them. */
export interface ChunkHour {
  readonly chunkId: string;
  readonly hour: HourName;
  readonly receipted: Sum;
  readonly archived: Sum;
}

export interface ReceiptCheck {
  readonly totals: {
    readonly receipted: Sum;
    readonly archived: Sum;
    /** Chunks in the archive, with events of the day, that no receipt names. */
    readonly unwitnessedChunkCount: number;
    /** Chunks whose receipts are known to have failed, over the same time. */
    readonly failedReceiptCount: number;
  };
  /** Where a receipt and the archive don't agree. */
  readonly incomplete: readonly ChunkHour[];
}

/** What the archive has of a counter in a minute, and what of it no journal has. */
export interface ComparedMinute {
  readonly counter: string;
  /** `2026-11-21T09:15` */
  readonly minute: string;
  readonly archived: Sum;
  readonly archivedValueMin: number;
  readonly archivedValueMax: number;
  readonly missing: Sum;
}

export interface IdComparison {
  /** By hour: how many ids are in A∖J and in J∖A. Every hour that was asked for. */
  readonly hours: readonly {
    readonly hour: HourName;
    readonly missingCount: number;
    readonly extraCount: number;
  }[];
  /** Minutes of the counters that drift, or that A∖J adds to. */
  readonly minutes: readonly ComparedMinute[];
}

export interface CounterHourTotal {
  readonly counter: string;
  readonly hour: HourName;
  readonly sum: Sum;
}

export interface RankedSubject {
  readonly type: string;
  readonly subject: string;
  readonly sum: Sum;
}

/**
 * One run's questions to SQL, in this order. Answers are whole or an error: a result without its totals row is an error.
 *
 * Files of the run (the snapshot, ids, drift, corrections) are written before they are asked about.
 */
export interface Reconciler {
  /** Read the archive once, and keep what is of the day. */
  stage(): Promise<LineTotals>;
  reconcile(): Promise<Reconciliation>;
  checkReceipts(): Promise<ReceiptCheck>;
  compareIds(hours: readonly HourName[]): Promise<IdComparison>;
  /** The day's totals: journals plus corrections, by the counter's UTF-8 bytes, then by hour. */
  totals(): AsyncIterable<CounterHourTotal>;
  /** By type, then by rank. */
  topSubjects(limit: number): AsyncIterable<RankedSubject>;
  close(): Promise<void>;
}

export interface SqlEngine {
  openRun(fence: Fence): Promise<Reconciler>;
}

/** Lines arrive up to five minutes before their event's time, so a day's events lie in no partition before this. */
export const dayBefore = (day: Day): Day =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) - 1).toISOString().slice(0, 10);
