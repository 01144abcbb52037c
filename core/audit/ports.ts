/** What the audit needs from an engine, beside the ports of counting and querying. */
import type { MinuteIncrement } from '../journal.js';
import type { Sum } from '../query/sums.js';
import type { DayTotal } from '../ports.js';
import type { Day } from '../time.js';
import type { Act } from './act.js';
import type { DayReport } from './report.js';
import type { Marker } from './marker.js';

/**
 * The right of one audit run to write: its day is not sealed, and no run of the day began after it.
 *
 * Every write of a run is made under its fence, in one transaction with the check; a run that has lost its fence gets
 * {@link FenceLostError} and stops. So a slow old run never overwrites what a newer one wrote.
 */
export interface Fence {
  readonly day: Day;
  readonly runNumber: number;
}

/** A newer run began, or the day was sealed: this run has nothing to say any more. */
export class FenceLostError extends Error {
  public override readonly name = 'FenceLostError';
  public constructor({ day, runNumber }: Fence) {
    super(
      `audit run ${runNumber} of ${day} was overtaken by a newer run, or the day or a later one is sealed`,
    );
  }
}

/** A counter and day as sealed, with all that was sealed of the counter before. */
export interface SealedTotal extends DayTotal {
  readonly counter: string;
  /** Everything sealed of the counter up to the end of this day. */
  readonly through: Sum;
}

/** The audit's shard of a counter's hour. Absolute; without minutes: nothing to adjust any more. */
export interface Adjustment {
  readonly counter: string;
  readonly hourStartMs: number;
  readonly minutes: readonly MinuteIncrement[];
}

export interface TopSubject {
  readonly subject: string;
  readonly value: number;
  readonly events: number;
}

/** What is on record of a day. */
export interface DayState {
  readonly day: Day;
  readonly isSealed: boolean;
  /** The number of the newest run; 0: none began. */
  readonly runNumber: number;
  /** Runs that began to write totals, in order: what they wrote may have to be taken back by the next. */
  readonly totalsRunNumbers: readonly number[];
  /** What the newest run that finished has to say; `null`: none did. */
  readonly report: DayReport | null;
}

/** The days, their audit runs and the chain of acts. */
export interface AuditLedger {
  /** Days on record, in order; bounds are inclusive. Days without events may be missing. */
  listDays(range: { fromDay?: Day; toDay?: Day }): Promise<DayState[]>;
  sealedThrough(): Promise<Day | null>;
  /** The next run number of a day, which fences all runs before it; opens the day if it is not on record. `null`: it is sealed. */
  beginRun(day: Day, expiresAtMs: number): Promise<number | null>;
  /** Remember that the run is about to write totals. @throws {FenceLostError} */
  beginTotals(fence: Fence): Promise<void>;
  /** Keep what the run found. @throws {FenceLostError} */
  putReport(fence: Fence, report: DayReport): Promise<void>;
  /** The newest act; `null`: the chain is empty. */
  newestAct(): Promise<Act | null>;
  /**
   * Add the act to the chain and seal the day, in one transaction. False: another act took the sequence number. True also if this
   * very act is in the chain already: a call whose answer was lost may be made again.
   *
   * @throws {FenceLostError}
   */
  seal(fence: Fence, act: Act, report: DayReport): Promise<boolean>;
}

/**
 * Writes of the sealing run, each in one transaction with the check of its fence. Safe to repeat; a call that fails may have written
 * a part, which nobody reads before the day is sealed and which the next run writes over. @throws {FenceLostError}
 */
export interface SealWriter {
  putAdjustments(fence: Fence, adjustments: readonly Adjustment[], expiresAtMs: number): Promise<void>;
  putTotals(fence: Fence, totals: readonly SealedTotal[]): Promise<void>;
  /** Take back totals of the fence's day. */
  removeTotals(fence: Fence, counters: readonly string[]): Promise<void>;
  putTop(fence: Fence, tops: readonly { type: string; subjects: readonly TopSubject[] }[]): Promise<void>;
}

export interface TopReader {
  /** The subjects with the highest values, in order; `null`: the day is not sealed. */
  readTop(type: string, day: Day): Promise<TopSubject[] | null>;
}

/** One shard's hour, as the snapshot wants it. */
export interface ShardSum {
  readonly counter: string;
  readonly hourStartMs: number;
  readonly isAdjustment: boolean;
  readonly sum: Sum;
}

export interface ShardScan {
  /** Every counter shard of a day, also of counters nobody expects. */
  scanDay(day: Day): AsyncIterable<ShardSum>;
}

/** Which markers counting has passed. */
export interface MarkerLog {
  /** Everything before the markers, on their stripes, is counted. Recording again changes nothing. */
  markersPassed(markers: readonly Marker[]): Promise<void>;
}

export interface MarkerProgress {
  stripesPassed(day: Day): Promise<number[]>;
}

/** Files of the audit. Names are relative to the audit's own folder, with `/`. */
export interface AuditFiles {
  /** Write a file whole, durably, from pieces of text; replaces what is there. Names ending in `.gz` are compressed. */
  write(name: string, pieces: AsyncIterable<string>): Promise<void>;
  /** The bytes of a file, in pieces; `null`: there is none. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** Names of files in a folder, in order. */
  list(folder: string): Promise<string[]>;
}
