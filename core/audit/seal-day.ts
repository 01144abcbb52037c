/** Make a judged day final: totals, adjustments, top subjects, the act, the state. Any step may be cut off and done again. */
import type { CounterReader, JournalStore, TotalsReader } from '../ports.js';
import { addSums } from '../query/sums.js';
import { formatInstant } from '../time.js';
import { NO_DIGEST, actFile, makeAct, type Act, type Manifest } from './act.js';
import { adjustments, correctionRows } from './correct.js';
import type { DayJudgement } from './judge-day.js';
import type { Trust } from './judge.js';
import type { AuditFiles, AuditLedger, Fence, SealWriter, TopSubject } from './ports.js';
import { dayBefore, runFile, type Reconciler } from './reconciler.js';
import type { DayReport } from './report.js';
import {
  dayTotalOf,
  readTotalsFile,
  totalsLines,
  vanishedCounters,
  writeTotalsFile,
  type TotalsFileSummary,
} from './totals-file.js';

export interface SealPorts {
  readonly journals: JournalStore;
  readonly counters: CounterReader;
  readonly totals: TotalsReader;
  readonly ledger: AuditLedger;
  readonly writer: SealWriter;
  readonly files: AuditFiles;
  readonly reconciler: Reconciler;
}

export interface SealOrder {
  readonly fence: Fence;
  readonly judgement: DayJudgement;
  readonly adjustedBefore: readonly { readonly counter: string; readonly hourStartMs: number }[];
  readonly laneCount: number;
  readonly expiresAtMs: number;
  readonly nowMs: number;
  readonly trust: Trust | null;
  readonly report: DayReport;
}

/** Writes per transaction: few enough that counting hardly waits. */
const BATCH_COUNT = 256;
export const TOP_SUBJECTS_MAX = 100;

/**
 * Seal a day as judged. What is written before the last step is read by nobody until that step: `ledger.seal`, one transaction.
 *
 * @throws {FenceLostError} a newer run began, or the day is sealed. Nothing of this run counts then.
 */
export async function sealDay(ports: SealPorts, order: SealOrder): Promise<DayReport> {
  const { fence, judgement } = order;
  await ports.files.write(runFile(fence, 'corrections'), correctionRows(judgement.rows));
  const summary = await writeTotals(ports, order);
  await writeTops(ports, order);
  const adjustedCounterHourCount = await writeAdjustments(ports, order);
  return chain(ports, order, summary, adjustedCounterHourCount);
}

async function writeTotals(ports: SealPorts, { fence, judgement }: SealOrder): Promise<TotalsFileSummary> {
  const { files, ledger, reconciler, writer } = ports;
  const adjusted = new Set(
    judgement.rows
      .filter(({ target, counted }) => target.value !== counted.value || target.events !== counted.events)
      .map(({ counter }) => counter),
  );
  const file = runFile(fence, 'totals');
  const lines = totalsLines(reconciler.totals(), (counter) => adjusted.has(counter));
  const summary = await writeTotalsFile(files, file, lines);
  await ledger.beginTotals(fence);
  for await (const batch of inBatches(readTotalsFile(files, file))) {
    const totals = batch.map(async (line) => {
      const range = { counter: line.counter, day: dayBefore(fence.day), consistency: 'strong' as const };
      const through = addSums(await ports.totals.readThrough(range), line);
      return { counter: line.counter, ...dayTotalOf(fence.day, line), through };
    });
    await writer.putTotals(fence, await Promise.all(totals));
  }
  await removeStaleTotals(ports, fence);
  return summary;
}

/** An earlier run may have written totals of counters that this one does not have, and died. */
async function removeStaleTotals({ files, ledger, writer }: SealPorts, fence: Fence): Promise<void> {
  const { day, runNumber } = fence;
  const [state] = await ledger.listDays({ fromDay: day, toDay: day });
  for (const earlier of state?.totalsRunNumbers.filter((number) => number < runNumber) ?? []) {
    const before = readTotalsFile(files, runFile({ day, runNumber: earlier }, 'totals'));
    const now = readTotalsFile(files, runFile(fence, 'totals'));
    for await (const counters of inBatches(vanishedCounters(before, now)))
      await writer.removeTotals(fence, counters);
  }
}

/** One type's subjects come one after the other. */
async function writeTops({ reconciler, writer }: SealPorts, { fence }: SealOrder): Promise<void> {
  let tops: { type: string; subjects: TopSubject[] }[] = [];
  for await (const { type, subject, sum } of reconciler.topSubjects(TOP_SUBJECTS_MAX)) {
    if (tops.at(-1)?.type !== type) {
      if (tops.length >= BATCH_COUNT) {
        await writer.putTop(fence, tops);
        tops = [];
      }
      tops.push({ type, subjects: [] });
    }
    tops.at(-1)?.subjects.push({ subject, ...sum });
  }
  await writer.putTop(fence, tops);
}

/** Answers how many counter-hours differ from what was counted. */
async function writeAdjustments(ports: SealPorts, order: SealOrder): Promise<number> {
  const { fence, judgement, adjustedBefore, laneCount, expiresAtMs } = order;
  let count = 0;
  const wanted = adjustments(ports, { rows: judgement.rows, adjustedBefore, laneCount });
  for await (const batch of inBatches(wanted)) {
    count += batch.filter(({ minutes }) => minutes.length > 0).length;
    await ports.writer.putAdjustments(fence, batch, expiresAtMs);
  }
  return count;
}

/** The last step. Another day's seal may take the sequence number first: then the act is made anew behind it. */
async function chain(
  { ledger, files }: SealPorts,
  order: SealOrder,
  summary: TotalsFileSummary,
  adjustedCounterHourCount: number,
): Promise<DayReport> {
  for (;;) {
    const act = makeAct(manifest(order, summary, adjustedCounterHourCount, await ledger.newestAct()));
    const report: DayReport = {
      ...order.report,
      outcome: 'sealed',
      total: summary.total,
      adjustedCounterHourCount,
      actSequence: act.sequence,
      digest: act.digest,
    };
    if (!(await ledger.seal(order.fence, act, report))) continue;
    await publishAct(files, act);
    return report;
  }
}

function manifest(
  { fence, judgement, nowMs, trust }: SealOrder,
  { sha256, counterCount, total }: TotalsFileSummary,
  adjustedCounterHourCount: number,
  previous: Act | null,
): Manifest {
  return {
    formatVersion: 1,
    kind: 'seal',
    sequence: (previous?.sequence ?? 0) + 1,
    previousDigest: previous?.digest ?? NO_DIGEST,
    day: fence.day,
    runNumber: fence.runNumber,
    actedAt: formatInstant(nowMs),
    totals: { file: runFile(fence, 'totals'), sha256, counterCount, ...total },
    adjustedCounterHourCount,
    isArchiveIncomplete: judgement.isArchiveIncomplete,
    findings: judgement.findings,
    trust,
  };
}

async function* once(text: string): AsyncIterable<string> {
  yield text;
}

export const publishAct = (files: AuditFiles, act: Act): Promise<void> =>
  files.write(actFile(act.sequence), once(act.text));

/** A seal that was cut off behind its transaction has no file yet: write it now. */
export async function publishNewestAct(files: AuditFiles, ledger: AuditLedger): Promise<void> {
  const newest = await ledger.newestAct();
  if (newest === null) return;
  const published = await files.list('acts');
  if (!published.includes(actFile(newest.sequence))) await publishAct(files, newest);
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncIterable<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH_COUNT) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
