import type { Sum } from '../query/sums.js';
import type { Day } from '../time.js';
import type { Trust, Verdict } from './judge.js';
import type { ChunkHour, HourName, LineTotals } from './reconciler.js';

/** One counter's hour that the witnesses don't agree on. */
export interface DriftRow {
  readonly counter: string;
  readonly hour: HourName;
  readonly archived: Sum;
  readonly journaled: Sum;
  readonly counted: Sum;
  readonly target: Sum;
  readonly verdicts: readonly Verdict[];
}

/** What is wrong with an hour as a whole. */
export interface HourFinding {
  readonly hour: HourName;
  readonly verdicts: readonly Verdict[];
  readonly missingCount: number;
  readonly extraCount: number;
  readonly lostEventCount: number;
  readonly corruptEntryCount: number;
}

export const REPORT_OUTCOMES = ['sealed', 'held', 'waiting', 'open'] as const;
/**
 * sealed: final. held: an operator has to decide. waiting: something must come first, `reason` says what.
 * open: the day still takes events, so this is a report and no judgement.
 */
export type ReportOutcome = (typeof REPORT_OUTCOMES)[number];

/** What an audit run found. Lists are cut at {@link REPORTED_ROWS_MAX}; the counts are not. */
export interface DayReport {
  readonly day: Day;
  readonly runNumber: number;
  readonly outcome: ReportOutcome;
  /** For `waiting`: what the day waits for. */
  readonly reason?: string;
  readonly auditedAtMs: number;
  /** Over the types' own counters and the subjects', as the witnesses sum them. */
  readonly archived?: Sum;
  readonly journaled?: Sum;
  readonly counted?: Sum;
  /** Of the types' own counters, so each event once; only when sealed. */
  readonly total?: Sum;
  readonly lines?: Omit<LineTotals, 'markedStripes'>;
  /** Counter-hours where what was counted is not what it should be. */
  readonly driftCount: number;
  /** Σ |counted − target| over values. */
  readonly driftValue: number;
  readonly drift: readonly DriftRow[];
  readonly hours: readonly HourFinding[];
  readonly incompleteChunks: readonly ChunkHour[];
  readonly incompleteChunkCount: number;
  readonly unwitnessedChunkCount: number;
  readonly failedReceiptCount: number;
  readonly adjustedCounterHourCount: number;
  readonly isArchiveIncomplete: boolean;
  readonly findings: Readonly<Record<string, number>>;
  readonly trust?: Trust;
  /** The act that sealed the day. */
  readonly actSequence?: number;
  readonly digest?: string;
}

export const REPORTED_ROWS_MAX = 1_000;

/** A report that says nothing yet. */
export const emptyReport = (
  about: Pick<DayReport, 'day' | 'runNumber' | 'outcome' | 'auditedAtMs'> & { reason?: string },
): DayReport => ({
  ...about,
  driftCount: 0,
  driftValue: 0,
  drift: [],
  hours: [],
  incompleteChunks: [],
  incompleteChunkCount: 0,
  unwitnessedChunkCount: 0,
  failedReceiptCount: 0,
  adjustedCounterHourCount: 0,
  isArchiveIncomplete: false,
  findings: {},
});

/** Alarms: findings that a person must look at, although the day may be sealed. */
export const ALARMING: readonly Verdict[] = [
  'archive_lost',
  'over_count',
  'receipt_incomplete',
  'entry_corrupt',
];

/** A chunk without a receipt is ordinary as long as as many receipts are known to have failed. */
export const hasUnexplainedChunks = (
  report: Pick<DayReport, 'unwitnessedChunkCount' | 'failedReceiptCount'>,
): boolean => report.unwitnessedChunkCount > report.failedReceiptCount;

/** Something must be found out by a person, whether or not the day can be sealed. */
export const isAlarming = (report: DayReport): boolean =>
  hasUnexplainedChunks(report) || ALARMING.some((verdict) => report.findings[verdict] !== undefined);

export const needsAPerson = (report: DayReport): boolean => report.outcome === 'held' || isAlarming(report);
