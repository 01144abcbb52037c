/** Make a judged day final: totals, adjustments, top subjects, the act, the state. Any step may be cut off and done again. */
import type { Clock, CounterReader, JournalStore, TotalsReader } from '../ports.js';
import { addSums } from '../query/sums.js';
import { formatInstant } from '../time.js';
import { NO_DIGEST, actFile, makeAct, type Act, type Manifest } from './act.js';
import { writeReport } from './begin-audit.js';
import { adjustments, isAdjusted } from './correct.js';
import { readSentence, type Sentence } from './judge-run.js';
import type { AuditFiles, AuditLedger, SealWriter, TopSubject } from './ports.js';
import { dayBefore, type Reconciler } from './reconciler.js';
import type { DayReport } from './report.js';
import { evidenceFile, type AuditRun } from './run.js';
import { readAdjusted } from './run-notes.js';
import { pieces } from './text-files.js';
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
  readonly work: AuditFiles;
  readonly clock: Clock;
}

/** Writes per transaction: few enough that counting hardly waits. */
const BATCH_COUNT = 256;
export const TOP_SUBJECTS_MAX = 100;

/**
 * First step: the totals file, which the act names by its digest; and a note in the ledger that totals are about to be written.
 *
 * What this and the next step write is read by nobody until `ledger.seal`, one transaction, has named it.
 *
 * @throws {FenceLostError} a newer run began, or the day is sealed. Nothing of this run counts then.
 */
export async function beginTotals(
  {
    reconciler,
    files,
    work,
    ledger,
  }: Pick<SealPorts, 'files' | 'work' | 'ledger'> & { reconciler: Reconciler },
  run: AuditRun,
): Promise<TotalsFileSummary> {
  const { rows } = await readSentence(work, run);
  const adjusted = new Set(rows.filter(isAdjusted).map(({ counter }) => counter));
  const lines = totalsLines(reconciler.totals(), (counter) => adjusted.has(counter));
  const summary = await writeTotalsFile(files, evidenceFile(run.fence, 'totals'), lines);
  await ledger.beginTotals(run.fence);
  return summary;
}

/** Second step, in parts that may go on side by side: write the totals, every so many-th line of the file. */
export async function putTotals(
  { files, totals, writer }: Pick<SealPorts, 'files' | 'totals' | 'writer'>,
  { fence, parts }: AuditRun,
  part: number,
): Promise<void> {
  const lines = everyNth(readTotalsFile(files, evidenceFile(fence, 'totals')), {
    first: part,
    step: parts.totals,
  });
  for await (const batch of inBatches(lines)) {
    const sealed = batch.map(async (line) => {
      const range = { counter: line.counter, day: dayBefore(fence.day), consistency: 'strong' as const };
      const through = addSums(await totals.readThrough(range), line);
      return { counter: line.counter, ...dayTotalOf(fence.day, line), through };
    });
    await writer.putTotals(fence, await Promise.all(sealed));
  }
}

/** Last step: everything else that a seal writes, and at the very end the act and the state. */
export async function sealDay(
  ports: SealPorts & { readonly reconciler: Reconciler },
  run: AuditRun,
  { summary, laneCount }: { summary: TotalsFileSummary; laneCount: number },
): Promise<DayReport> {
  const sentence = await readSentence(ports.work, run);
  await removeStaleTotals(ports, run);
  await writeTops(ports, run);
  const adjustedCounterHourCount = await writeAdjustments(ports, run, { rows: sentence.rows, laneCount });
  const report = await chain(ports, run, { sentence, summary, adjustedCounterHourCount });
  await writeReport(ports.files, run.fence, report);
  return report;
}

/** The report of the seal that this very run has made; `null`: it has made none. */
export async function findOwnSeal(ledger: AuditLedger, { fence }: AuditRun): Promise<DayReport | null> {
  const [state] = await ledger.listDays({ fromDay: fence.day, toDay: fence.day });
  return state?.isSealed === true && state.runNumber === fence.runNumber ? state.report : null;
}

/** An earlier run may have written totals of counters that this one does not have, and died. */
async function removeStaleTotals({ files, ledger, writer }: SealPorts, { fence }: AuditRun): Promise<void> {
  const { day, runNumber } = fence;
  const [state] = await ledger.listDays({ fromDay: day, toDay: day });
  for (const earlier of state?.totalsRunNumbers.filter((number) => number < runNumber) ?? []) {
    const before = readTotalsFile(files, evidenceFile({ day, runNumber: earlier }, 'totals'));
    const now = readTotalsFile(files, evidenceFile(fence, 'totals'));
    for await (const counters of inBatches(vanishedCounters(before, now)))
      await writer.removeTotals(fence, counters);
  }
}

/** One type's subjects come one after the other. */
async function writeTops(
  { reconciler, writer }: SealPorts & { readonly reconciler: Reconciler },
  { fence }: AuditRun,
): Promise<void> {
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
async function writeAdjustments(
  ports: SealPorts,
  run: AuditRun,
  { rows, laneCount }: Pick<Sentence, 'rows'> & { laneCount: number },
): Promise<number> {
  let count = 0;
  const adjustedBefore = readAdjusted(ports.work, run);
  for await (const batch of inBatches(adjustments(ports, { rows, adjustedBefore, laneCount }))) {
    count += batch.filter(({ minutes }) => minutes.length > 0).length;
    await ports.writer.putAdjustments(run.fence, batch, run.expiresAtMs);
  }
  return count;
}

interface Sealing {
  readonly sentence: Sentence;
  readonly summary: TotalsFileSummary;
  readonly adjustedCounterHourCount: number;
}

/** The last step. Another day's seal may take the sequence number first: then the act is made anew behind it. */
async function chain(
  { ledger, files, clock }: SealPorts,
  run: AuditRun,
  sealing: Sealing,
): Promise<DayReport> {
  for (;;) {
    const previous = await ledger.newestAct();
    const act = makeAct(manifest(run, sealing, { previous, nowMs: clock.nowMs() }));
    const report: DayReport = {
      ...sealing.sentence.report,
      outcome: 'sealed',
      total: sealing.summary.total,
      adjustedCounterHourCount: sealing.adjustedCounterHourCount,
      actSequence: act.sequence,
      digest: act.digest,
    };
    if (!(await ledger.seal(run.fence, act, report))) continue;
    await publishAct(files, act);
    return report;
  }
}

function manifest(
  { fence, trust }: AuditRun,
  { sentence, summary, adjustedCounterHourCount }: Sealing,
  { previous, nowMs }: { previous: Act | null; nowMs: number },
): Manifest {
  const { sha256, counterCount, total } = summary;
  return {
    formatVersion: 1,
    kind: 'seal',
    sequence: (previous?.sequence ?? 0) + 1,
    previousDigest: previous?.digest ?? NO_DIGEST,
    day: fence.day,
    runNumber: fence.runNumber,
    actedAt: formatInstant(nowMs),
    totals: { file: evidenceFile(fence, 'totals'), sha256, counterCount, ...total },
    adjustedCounterHourCount,
    isArchiveIncomplete: sentence.report.isArchiveIncomplete,
    findings: sentence.report.findings,
    trust,
  };
}

export const publishAct = (files: AuditFiles, act: Act): Promise<void> =>
  files.write(actFile(act.sequence), pieces(act.text));

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

async function* everyNth<T>(
  items: AsyncIterable<T>,
  { first, step }: { first: number; step: number },
): AsyncIterable<T> {
  let index = 0;
  for await (const item of items) if (index++ % step === first) yield item;
}
