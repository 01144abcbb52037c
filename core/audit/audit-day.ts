/** The use case *audit a day*: readers passed, settle, snapshot, reconcile, judge, seal. */
import type {
  Clock,
  CounterReader,
  CounterShards,
  JournalStore,
  Metrics,
  StreamWriter,
  TotalsReader,
} from '../ports.js';
import { METRICS } from '../metric-names.js';
import { closeMsOf, expiresAtMsOf, type Settings } from '../settings.js';
import { DAY_MS, MINUTE_MS, dayOf, dayStartMs, nextDay, type Day } from '../time.js';
import { judgeDay, suspectHours, type DayEvidence, type DayJudgement } from './judge-day.js';
import { isSameSum, type Trust } from './judge.js';
import { makeMarkerChunk } from './marker.js';
import type { AuditFiles, AuditLedger, Fence, MarkerProgress, SealWriter, ShardScan } from './ports.js';
import { runFile, type LineTotals, type Reconciler, type SqlEngine } from './reconciler.js';
import { REPORTED_ROWS_MAX, emptyReport, type DayReport } from './report.js';
import { publishNewestAct, sealDay } from './seal-day.js';
import { journalIdRows, makeSnapshotNotes, snapshotRows, type SnapshotNotes } from './snapshot.js';

export interface AuditPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly counters: CounterReader;
  readonly totals: TotalsReader;
  readonly scan: ShardScan;
  readonly ledger: AuditLedger;
  readonly writer: SealWriter;
  readonly files: AuditFiles;
  readonly sql: SqlEngine;
  readonly stream: StreamWriter;
  readonly markers: MarkerProgress;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Why nothing may be sealed now, a clock that jumped say; `null`: it may. */
  readonly findSealingDoubt: () => Promise<string | null>;
}

export interface AuditOptions {
  readonly settings: Settings;
  readonly stripeCount: number;
  readonly streamRetentionMs: number;
  /** Waits until readers may have passed the marker, then is asked again; false: do not wait any longer. */
  readonly waitForReaders: (waitedCount: number) => Promise<boolean>;
}

/** Markers go in this long after the close: what was received before it is stored by then, or refused. */
export const MARKER_DELAY_MS = 5 * MINUTE_MS;

/**
 * Audit one day, and seal it if it is closed and nothing is in doubt. Safe to repeat, to cut off, and to run twice at once.
 *
 * @param trust an operator's word for a day that is held; absent: none.
 * @throws {FenceLostError} a newer run of the day began, or the day is sealed already.
 * @throws what a port throws: a failing or empty query is an error and never a truth. Nothing is sealed then.
 */
export async function auditDay(
  ports: AuditPorts,
  options: AuditOptions,
  { day, trust }: { day: Day; trust?: Trust },
): Promise<DayReport> {
  await publishNewestAct(ports.files, ports.ledger);
  const { settings } = options;
  const expiresAtMs = expiresAtMsOf(settings, day, options.streamRetentionMs);
  const obstacle = await findObstacle(ports, options, day);
  const runNumber = await ports.ledger.beginRun(day, expiresAtMs);
  if (runNumber === null) return sealedReport(ports, day);
  const fence = { day, runNumber };
  const isOpen = ports.clock.nowMs() < closeMsOf(settings, day);
  if (obstacle !== null && !isOpen) return conclude(ports, fence, waiting(ports, fence, obstacle));
  if (!isOpen && !(await haveReadersPassed(ports, options, fence)))
    return conclude(
      ports,
      fence,
      waiting(ports, fence, 'counting has not passed the marker behind the close: a backlog'),
    );
  const reconciler = await takeSnapshot(ports, options, fence, expiresAtMs);
  try {
    return await reconcileAndSeal(ports, options, {
      fence,
      isOpen,
      expiresAtMs,
      ...reconciler,
      ...(trust && { trust }),
    });
  } finally {
    await reconciler.reconciler.close();
  }
}

/** Days are sealed in order: a counter's total through a day holds all days before it. */
async function findObstacle(ports: AuditPorts, options: AuditOptions, day: Day): Promise<string | null> {
  const { settings } = options;
  const nowMs = ports.clock.nowMs();
  if (nowMs < closeMsOf(settings, day) + MARKER_DELAY_MS) return 'the day has closed only just now';
  if (nowMs >= expiresAtMsOf(settings, day, options.streamRetentionMs))
    return 'its journals have expired, so they are no witness any more: rebuild the day from the archive';
  const doubt = await ports.findSealingDoubt();
  if (doubt !== null) return doubt;
  const earlier = await firstUnsealedBefore(ports.ledger, day);
  if (earlier !== null) return `${earlier} is not sealed yet, and days are sealed in order`;
  const openStill = lateOpenDays(settings, day, nowMs);
  return openStill === null ? null : `${openStill} still takes events, and days are sealed in order`;
}

async function firstUnsealedBefore(ledger: AuditLedger, day: Day): Promise<Day | null> {
  const sealedThrough = await ledger.sealedThrough();
  if (sealedThrough !== null) return nextDay(sealedThrough) < day ? nextDay(sealedThrough) : null;
  const [first] = await ledger.listDays({});
  return first !== undefined && first.day < day ? first.day : null;
}

const LATENESS_DAYS_MAX = 36;

/** A day before this one that a longer lateness of its own keeps open. */
function lateOpenDays(settings: Settings, day: Day, nowMs: number): Day | null {
  for (let daysBack = LATENESS_DAYS_MAX; daysBack > 0; daysBack--) {
    const earlier = dayOf(dayStartMs(day) - daysBack * DAY_MS);
    if (nowMs < closeMsOf(settings, earlier) + MARKER_DELAY_MS) return earlier;
  }
  return null;
}

async function sealedReport({ ledger }: AuditPorts, day: Day): Promise<DayReport> {
  const [state] = await ledger.listDays({ fromDay: day, toDay: day });
  if (state?.report?.outcome === 'sealed') return state.report;
  throw new RangeError(`day ${day} is sealed, but there is no report of it`);
}

const waiting = ({ clock }: AuditPorts, { day, runNumber }: Fence, reason: string): DayReport =>
  emptyReport({ day, runNumber, outcome: 'waiting', reason, auditedAtMs: clock.nowMs() });

async function conclude({ ledger, files }: AuditPorts, fence: Fence, report: DayReport): Promise<DayReport> {
  await ledger.putReport(fence, report);
  await files.write(runFile(fence, 'report'), lines([`${JSON.stringify(report, null, 1)}\n`]));
  return report;
}

async function* lines(texts: Iterable<string>): AsyncIterable<string> {
  yield* texts;
}

/** Puts a marker on each stripe that has none yet, and waits until counting has passed all of them. */
async function haveReadersPassed(
  ports: AuditPorts,
  options: AuditOptions,
  { day, runNumber }: Fence,
): Promise<boolean> {
  const stripes = Array.from({ length: options.stripeCount }, (_, stripe) => stripe);
  const unpassed = async (): Promise<number[]> => {
    const passed = new Set(await ports.markers.stripesPassed(day));
    return stripes.filter((stripe) => !passed.has(stripe));
  };
  const missing = await unpassed();
  const nowMs = ports.clock.nowMs();
  const chunks = missing.map((stripe) => makeMarkerChunk({ day, stripe }, { runNumber, nowMs }));
  if (chunks.length > 0) await ports.stream.put(await Promise.all(chunks));
  for (let waitedCount = 0; (await unpassed()).length > 0; waitedCount++) {
    if (!(await options.waitForReaders(waitedCount))) return false;
  }
  return true;
}

interface Snapshot {
  readonly reconciler: Reconciler;
  readonly notes: SnapshotNotes;
  readonly lineTotals: LineTotals;
}

async function takeSnapshot(
  ports: AuditPorts,
  { settings, stripeCount, waitForReaders }: AuditOptions,
  fence: Fence,
  expiresAtMs: number,
): Promise<Snapshot> {
  const notes = makeSnapshotNotes();
  await ports.files.write(
    runFile(fence, 'snapshot'),
    snapshotRows(ports, { day: fence.day, settings, expiresAtMs }, notes),
  );
  const isOpen = ports.clock.nowMs() < closeMsOf(settings, fence.day);
  for (let waitedCount = 0; ; waitedCount++) {
    const reconciler = await ports.sql.openRun(fence);
    const lineTotals = await reconciler.stage();
    const hasPassed = lineTotals.markedStripes.length >= stripeCount;
    if (hasPassed || isOpen || !(await waitForReaders(waitedCount))) return { reconciler, notes, lineTotals };
    await reconciler.close();
  }
}

interface Reconciling extends Snapshot {
  readonly fence: Fence;
  readonly isOpen: boolean;
  readonly expiresAtMs: number;
  readonly trust?: Trust;
}

async function reconcileAndSeal(
  ports: AuditPorts,
  options: AuditOptions,
  run: Reconciling,
): Promise<DayReport> {
  const { fence, isOpen, reconciler, notes, lineTotals, trust } = run;
  if (!isOpen && lineTotals.markedStripes.length < options.stripeCount)
    return conclude(
      ports,
      fence,
      waiting(ports, fence, 'the archive has not passed the marker behind the close'),
    );
  const evidence = await gatherEvidence(ports, options, run);
  const judgement = judgeDay(evidence, trust);
  const outcome = isOpen ? 'open' : 'held';
  const report = reportOf(
    { fence, outcome, auditedAtMs: ports.clock.nowMs() },
    evidence,
    judgement,
    lineTotals,
  );
  ports.metrics.add(METRICS.auditDrift, report.driftCount);
  if (isOpen || judgement.isHeld) return conclude(ports, fence, report);
  const sealed = await sealDay(
    { ...ports, reconciler },
    {
      fence,
      judgement,
      adjustedBefore: notes.adjusted,
      laneCount: options.settings.laneCount,
      expiresAtMs: run.expiresAtMs,
      nowMs: ports.clock.nowMs(),
      trust: trust ?? null,
      report: trust === undefined ? report : { ...report, trust },
    },
  );
  await ports.files.write(runFile(fence, 'report'), lines([`${JSON.stringify(sealed, null, 1)}\n`]));
  return sealed;
}

async function gatherEvidence(
  { journals, files }: AuditPorts,
  { settings: { laneCount } }: AuditOptions,
  { fence, reconciler, notes }: Reconciling,
): Promise<DayEvidence> {
  const reconciliation = await reconciler.reconcile();
  const receipts = await reconciler.checkReceipts();
  const { corruptEntryCounts } = notes;
  const hours = suspectHours({ reconciliation, receipts, corruptEntryCounts });
  const drift = reconciliation.drift.map(({ counter, hour }) => `${counter}\t${hour}\n`);
  if (hours.length > 0) {
    await files.write(runFile(fence, 'journalIds'), journalIdRows(journals, { hours, laneCount }));
    await files.write(runFile(fence, 'drift'), lines(drift));
  }
  const ids = hours.length === 0 ? { hours: [], minutes: [] } : await reconciler.compareIds(hours);
  return { reconciliation, receipts, ids, corruptEntryCounts };
}

function reportOf(
  about: { fence: Fence; outcome: 'open' | 'held'; auditedAtMs: number },
  { reconciliation, receipts }: DayEvidence,
  judgement: DayJudgement,
  { lineCount, eventLineCount, badLineCount }: LineTotals,
): DayReport {
  const drifting = judgement.rows.filter(({ target, counted }) => !isSameSum(target, counted));
  const { archived, journaled, counted } = reconciliation.totals;
  return {
    ...emptyReport({ ...about.fence, outcome: about.outcome, auditedAtMs: about.auditedAtMs }),
    archived,
    journaled,
    counted,
    lines: { lineCount, eventLineCount, badLineCount },
    driftCount: drifting.length,
    driftValue: drifting.reduce((sum, row) => sum + Math.abs(row.counted.value - row.target.value), 0),
    drift: judgement.rows
      .slice(0, REPORTED_ROWS_MAX)
      .map(({ minutes: _minutes, believesArchive: _believes, isHeld: _isHeld, ...row }) => row),
    hours: judgement.hours,
    incompleteChunks: receipts.incomplete.slice(0, REPORTED_ROWS_MAX),
    incompleteChunkCount: receipts.incomplete.length,
    unwitnessedChunkCount: receipts.totals.unwitnessedChunkCount,
    failedReceiptCount: receipts.totals.failedReceiptCount,
    isArchiveIncomplete: judgement.isArchiveIncomplete,
    findings: judgement.findings,
  };
}
