/** Judge a run by all its evidence. What may be sealed is written down for the steps that seal; anything else is concluded. */
import { METRICS } from '../metric-names.js';
import type { Clock, Metrics } from '../ports.js';
import { conclude } from './begin-audit.js';
import { correctionRows, isAdjusted } from './correct.js';
import { judgeDay, type DayEvidence, type DayJudgement, type JudgedHour } from './judge-day.js';
import type { AuditFiles, AuditLedger } from './ports.js';
import type { LineTotals } from './reconciler.js';
import { REPORTED_ROWS_MAX, emptyReport, type DayReport } from './report.js';
import { WHOLE, runFolder, workFile, type AuditRun } from './run.js';
import { readJson, readTextLines, writeJson } from './text-files.js';

export interface JudgePorts {
  readonly ledger: AuditLedger;
  readonly files: AuditFiles;
  readonly work: AuditFiles;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** The lines that were staged, without the markers among them. */
export type CountedLines = Omit<LineTotals, 'markedStripes'>;

export interface Judged {
  /** True: the day is to be sealed as judged, and the report is the draft of what the seal will say. */
  readonly isSealable: boolean;
  readonly report: DayReport;
}

export async function judgeRun(
  ports: JudgePorts,
  run: AuditRun,
  { evidence, lines }: { evidence: DayEvidence; lines: CountedLines },
): Promise<Judged> {
  const judgement = judgeDay(evidence, run.trust ?? undefined);
  const report = reportOf(run, ports.clock.nowMs(), { evidence, judgement, lines });
  ports.metrics.add(METRICS.auditDrift, report.driftCount);
  if (run.isOpen || judgement.isHeld)
    return { isSealable: false, report: await conclude(ports, run.fence, report) };
  await writeSentence(ports.work, run, {
    rows: judgement.rows,
    report: run.trust === null ? report : { ...report, trust: run.trust },
  });
  return { isSealable: true, report };
}

/** What was judged, for the steps that seal. */
export interface Sentence {
  readonly rows: readonly JudgedHour[];
  readonly report: DayReport;
}

const sentenceFile = ({ fence }: AuditRun, name: 'rows.ndjson' | 'report.json'): string =>
  `${runFolder(fence)}/judged/${name}`;

/** The report comes last: without it, nothing was judged. */
async function writeSentence(work: AuditFiles, run: AuditRun, { rows, report }: Sentence): Promise<void> {
  await work.write(workFile(run.fence, 'corrections', WHOLE), correctionRows(rows));
  await work.write(sentenceFile(run, 'rows.ndjson'), rowLines(rows));
  await writeJson(work, sentenceFile(run, 'report.json'), report);
}

async function* rowLines(rows: readonly JudgedHour[]): AsyncIterable<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** @throws {TallyError} `audit_failed`: nothing was judged. */
export async function readSentence(work: AuditFiles, run: AuditRun): Promise<Sentence> {
  const report = await readJson<DayReport>(work, sentenceFile(run, 'report.json'));
  const rows: JudgedHour[] = [];
  for await (const line of readTextLines(work, sentenceFile(run, 'rows.ndjson')))
    rows.push(JSON.parse(line) as JudgedHour);
  return { rows, report };
}

function reportOf(
  { fence, isOpen }: AuditRun,
  auditedAtMs: number,
  { evidence, judgement, lines }: { evidence: DayEvidence; judgement: DayJudgement; lines: CountedLines },
): DayReport {
  const { reconciliation, receipts } = evidence;
  const drifting = judgement.rows.filter(isAdjusted);
  const { archived, journaled, counted } = reconciliation.totals;
  return {
    ...emptyReport({ ...fence, outcome: isOpen ? 'open' : 'held', auditedAtMs }),
    archived,
    journaled,
    counted,
    lines,
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
