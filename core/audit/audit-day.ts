/**
 * The use case *audit a day*: readers passed, settle, snapshot, reconcile, judge, seal.
 *
 * Here its steps follow each other, by one worker. Where a state machine takes them one by one, they are the same steps.
 */
import type {
  Clock,
  CounterReader,
  CounterShards,
  JournalStore,
  Metrics,
  StreamWriter,
  TotalsReader,
} from '../ports.js';
import type { Settings } from '../settings.js';
import type { Day } from '../time.js';
import {
  ARCHIVE_BEHIND,
  COUNTING_BEHIND,
  beginAudit,
  hasArchivePassed,
  hasCountingPassed,
  postpone,
} from './begin-audit.js';
import { readFindings, writeSuspects } from './find-drift.js';
import type { DayEvidence } from './judge-day.js';
import type { Trust } from './judge.js';
import { judgeRun } from './judge-run.js';
import type { AuditFiles, AuditLedger, MarkerProgress, SealWriter, ShardScan } from './ports.js';
import type { IdComparison, LineTotals, Reconciler, SqlEngine } from './reconciler.js';
import type { DayReport } from './report.js';
import { ONE_PART, type AuditRun, type RunFiles } from './run.js';
import { beginTotals, publishNewestAct, putTotals, sealDay } from './seal-day.js';
import { snapshotJournals, snapshotShards, writeJournalIds } from './snapshot.js';

export interface AuditPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly counters: CounterReader;
  readonly totals: TotalsReader;
  readonly scan: ShardScan;
  readonly ledger: AuditLedger;
  readonly writer: SealWriter;
  readonly files: AuditFiles;
  /** Where working tables go.
   * @default `files` */
  readonly work?: AuditFiles;
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

type Ports = AuditPorts & RunFiles;

/** Everything is one part, done by whoever runs this. */
const PART = 0;

/**
 * Audit one day, and seal it if it is closed and nothing is in doubt. Safe to repeat, to cut off, and to run twice at once.
 *
 * @param trust an operator's word for a day that is held; absent: none.
 * @throws {FenceLostError} a newer run of the day began, or the day is sealed already.
 * @throws what a port throws: a failing or empty query is an error and never a truth. Nothing is sealed then.
 */
export async function auditDay(
  given: AuditPorts,
  options: AuditOptions,
  what: { day: Day; trust?: Trust },
): Promise<DayReport> {
  const ports: Ports = { ...given, work: given.work ?? given.files };
  await publishNewestAct(ports.files, ports.ledger);
  const { run, report } = await beginAudit(ports, { ...options, parts: ONE_PART }, what);
  if (run === null) return report;
  if (!(await waitForCounting(ports, options, run))) return postpone(ports, run, COUNTING_BEHIND);
  const { laneCount } = options.settings;
  await snapshotJournals(ports, run, { part: PART, laneCount });
  await snapshotShards(ports, run, PART);
  const { reconciler, lines } = await stage(ports, options, run);
  try {
    if (!hasArchivePassed(options, run, lines)) return await postpone(ports, run, ARCHIVE_BEHIND);
    return await judgeAndSeal({ ...ports, reconciler }, options, { run, lines });
  } finally {
    await reconciler.close();
  }
}

async function waitForCounting(ports: Ports, options: AuditOptions, run: AuditRun): Promise<boolean> {
  for (let waitedCount = 0; !(await hasCountingPassed(ports, options, run)); waitedCount++) {
    if (!(await options.waitForReaders(waitedCount))) return false;
  }
  return true;
}

/** The archive is staged again while its markers are missing and there is time to wait. */
async function stage(
  { sql }: Ports,
  options: AuditOptions,
  run: AuditRun,
): Promise<{ reconciler: Reconciler; lines: LineTotals }> {
  for (let waitedCount = 0; ; waitedCount++) {
    const reconciler = await sql.openRun(run.fence);
    const lines = await reconciler.stage();
    if (hasArchivePassed(options, run, lines)) return { reconciler, lines };
    if (!(await options.waitForReaders(waitedCount))) return { reconciler, lines };
    await reconciler.close();
  }
}

type SqlPorts = Ports & { readonly reconciler: Reconciler };

async function judgeAndSeal(
  ports: SqlPorts,
  options: AuditOptions,
  { run, lines: { markedStripes: _, ...lines } }: { run: AuditRun; lines: LineTotals },
): Promise<DayReport> {
  const evidence = await gatherEvidence(ports, options, run);
  const { isSealable, report } = await judgeRun(ports, run, { evidence, lines });
  if (!isSealable) return report;
  const summary = await beginTotals(ports, run);
  await putTotals(ports, run, PART);
  return sealDay(ports, run, { summary, laneCount: options.settings.laneCount });
}

const NO_IDS: IdComparison = { hours: [], minutes: [] };

async function gatherEvidence(
  ports: SqlPorts,
  { settings: { laneCount } }: AuditOptions,
  run: AuditRun,
): Promise<DayEvidence> {
  const findings = await readFindings(ports, run);
  const hours = await writeSuspects(ports.work, run, findings);
  if (hours.length === 0) return { ...findings, ids: NO_IDS };
  await writeJournalIds(ports, run, { part: PART, hours, laneCount });
  return { ...findings, ids: await ports.reconciler.compareIds(hours) };
}
