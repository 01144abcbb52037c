/** What SQL has found of a run, before any id is compared. */
import { TallyError } from '../errors.js';
import { suspectHours, type DayEvidence } from './judge-day.js';
import { isSameSum } from './judge.js';
import type { AuditFiles } from './ports.js';
import type { HourName, Reconciler, Reconciliation } from './reconciler.js';
import { WHOLE, workFile, type AuditRun } from './run.js';
import { readSnapshotNotes, type SnapshotNotes } from './run-notes.js';
import { pieces } from './text-files.js';

/** What is known without the ids. */
export type Findings = Omit<DayEvidence, 'ids'>;

/** @throws {TallyError} `audit_failed`: SQL has not read the snapshot that was written, so nothing may be judged by it. */
export async function readFindings(
  { reconciler, work }: { reconciler: Reconciler; work: AuditFiles },
  run: AuditRun,
): Promise<Findings> {
  const notes = await readSnapshotNotes(work, run);
  const reconciliation = await reconciler.reconcile();
  requireWholeSnapshot(reconciliation, notes);
  const receipts = await reconciler.checkReceipts();
  return { reconciliation, receipts, corruptEntryCounts: notes.corruptEntryCounts };
}

/** A snapshot of which SQL reads a part, or nothing, would make events that are counted look lost: they would be added again. */
function requireWholeSnapshot({ totals }: Reconciliation, { journaled, counted }: SnapshotNotes): void {
  if (isSameSum(totals.journaled, journaled) && isSameSum(totals.counted, counted)) return;
  const written = JSON.stringify({ journaled, counted });
  const read = JSON.stringify({ journaled: totals.journaled, counted: totals.counted });
  throw new TallyError(
    'audit_failed',
    `the snapshot was written with ${written} and read by SQL with ${read}`,
  );
}

/** The hours whose ids have to be compared. If there are any, SQL finds the counters that drift beside the journals' ids. */
export async function writeSuspects(
  work: AuditFiles,
  { fence }: AuditRun,
  findings: Findings,
): Promise<HourName[]> {
  const hours = suspectHours(findings);
  const rows = findings.reconciliation.drift.map(({ counter, hour }) => `${counter}\t${hour}\n`);
  if (hours.length > 0) await work.write(workFile(fence, 'drift', WHOLE), pieces(...rows));
  return hours;
}
