/** What SQL has found of a run, before any id is compared. */
import { suspectHours, type DayEvidence } from './judge-day.js';
import type { AuditFiles } from './ports.js';
import type { HourName, Reconciler } from './reconciler.js';
import { WHOLE, workFile, type AuditRun } from './run.js';
import { readCorruptEntryCounts } from './run-notes.js';
import { pieces } from './text-files.js';

/** What is known without the ids. */
export type Findings = Omit<DayEvidence, 'ids'>;

export async function readFindings(
  { reconciler, work }: { reconciler: Reconciler; work: AuditFiles },
  run: AuditRun,
): Promise<Findings> {
  const corruptEntryCounts = await readCorruptEntryCounts(work, run);
  const reconciliation = await reconciler.reconcile();
  const receipts = await reconciler.checkReceipts();
  return { reconciliation, receipts, corruptEntryCounts };
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
