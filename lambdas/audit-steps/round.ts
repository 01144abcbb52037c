/** The steps of a round that decide: which days, whether readers have passed, what the findings mean. They can't seal. */
import { dueDays, openYesterday } from '../../core/audit/audit-due.js';
import {
  ARCHIVE_BEHIND,
  COUNTING_BEHIND,
  beginAudit,
  hasArchivePassed,
  hasCountingPassed,
  postpone,
  type BeginOptions,
  type BeginPorts,
} from '../../core/audit/begin-audit.js';
import { readFindings, writeSuspects } from '../../core/audit/find-drift.js';
import type { Trust } from '../../core/audit/judge.js';
import { judgeRun, type CountedLines, type JudgePorts } from '../../core/audit/judge-run.js';
import type { HourName, IdComparison } from '../../core/audit/reconciler.js';
import { isAlarming, type DayReport, type ReportOutcome } from '../../core/audit/report.js';
import { partNumbers, type AuditRun } from '../../core/audit/run.js';
import { TallyError, shown } from '../../core/errors.js';
import { parseDay } from '../../core/http/day-request.js';
import { GAUGES, METRICS, type GaugeName } from '../../core/metric-names.js';
import type { Metrics } from '../../core/ports.js';
import { DAY_MS, dayEndMs, dayStartMs, type Day } from '../../core/time.js';
import type { AuditSql, Executions } from './sql.js';

export interface RoundPorts extends BeginPorts, JudgePorts {
  readonly sql: AuditSql;
  readonly metrics: Metrics & { observeCount(name: GaugeName, value: number): void };
  readonly warn: (message: string, about: object) => void;
}

/** A day costs a thousand entries of an execution's history, which holds 25,000. What is left over is for the next round. */
const ROUND_DAYS_MAX = 10;

interface PlannedDay {
  readonly day: Day;
  readonly trust: Trust | null;
}

export interface Plan {
  /** A nightly round: every day that is due. Otherwise somebody asked for one day. */
  readonly isRound: boolean;
  readonly days: readonly PlannedDay[];
}

/** What becomes of a day in an execution. */
export interface Ending {
  readonly outcome: ReportOutcome | 'overtaken';
  readonly reason: string | null;
}

/** A day as its steps hand it on. Where nothing is to be done there is no run. */
export interface BegunDay {
  readonly day: Day;
  readonly ending: Ending | null;
  readonly isDone: boolean;
  readonly run: AuditRun | null;
  readonly laneParts: readonly number[];
  readonly shardParts: readonly number[];
  readonly totalsParts: readonly number[];
  readonly counting: { readonly waitedCount: number };
  readonly archive: { readonly attempt: number };
}

interface OfRun {
  readonly run: AuditRun;
}

/** The steps by name: the state machine says which. */
export function makeRoundSteps(ports: RoundPorts, options: BeginOptions) {
  return {
    plan: ({ input }: { input: unknown }) => plan(ports, options, input),
    begin: (planned: PlannedDay) => begin(ports, options, planned),
    counting: async ({ run, waitedCount }: OfRun & { waitedCount: number }) => ({
      hasPassed: await hasCountingPassed(ports, options, run),
      waitedCount: waitedCount + 1,
    }),
    stage: async ({ run, attempt }: OfRun & { attempt: number }) => ({
      stage: ports.sql.textOf('stage', { run, stageAttempt: attempt }),
      lines: ports.sql.textOf('lines', { run, stageAttempt: attempt }),
    }),
    lines: (given: OfRun & WithAnswers & { attempt: number }) => readLines(ports, options, given),
    suspects: (given: OfRun & WithAnswers & { attempt: number }) => findSuspects(ports, given),
    judge: (given: OfRun & WithAnswers & { lines: CountedLines; hours: readonly HourName[] }) =>
      judge(ports, given),
    postpone: async ({ run, reader }: OfRun & { reader: 'counting' | 'archive' }) =>
      endingOf(await postpone(ports, run, reader === 'counting' ? COUNTING_BEHIND : ARCHIVE_BEHIND)),
    conclude: ({ isRound }: { isRound: boolean }) => conclude(ports, isRound),
  };
}

interface WithAnswers {
  readonly executions: Executions;
}

const endingOf = ({ outcome, reason }: DayReport): Ending => ({ outcome, reason: reason ?? null });

async function plan(ports: RoundPorts, options: BeginOptions, input: unknown): Promise<Plan> {
  const { day, trust } = parseInput(input);
  if (day !== undefined) return { isRound: false, days: [{ day, trust: trust ?? null }] };
  const due = (await dueDays(ports, options)).slice(0, ROUND_DAYS_MAX);
  const yesterday = await openYesterday(ports);
  const days = yesterday === null || due.includes(yesterday) ? due : [...due, yesterday];
  return { isRound: true, days: days.map((each) => ({ day: each, trust: null })) };
}

const TRUSTED: readonly unknown[] = ['archive', 'journal'] satisfies Trust[];

/** What an execution is started with: nothing, or the day that somebody wants. @throws {TallyError} `parameter_invalid` */
function parseInput(input: unknown): { day?: Day; trust?: Trust } {
  const { day, trust, ...others } = input as Record<string, unknown>;
  const invalid = (what: string, got: unknown, accepted: string): TallyError =>
    new TallyError('parameter_invalid', `the execution's ${what} is ${shown(got)}; accepted: ${accepted}`);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid('input', unknown, 'day, trust');
  if (trust !== undefined && !TRUSTED.includes(trust)) throw invalid('trust', trust, TRUSTED.join(', '));
  if (day === undefined && trust !== undefined) throw invalid('trust', trust, 'one with the day it is about');
  if (day === undefined) return {};
  if (typeof day !== 'string') throw invalid('day', day, 'a day, such as 2026-11-21');
  return { day: parseDay('day', day), ...(trust === undefined ? {} : { trust: trust as Trust }) };
}

async function begin(
  ports: RoundPorts,
  options: BeginOptions,
  { day, trust }: PlannedDay,
): Promise<BegunDay> {
  const { run, report } = await beginAudit(ports, options, { day, ...(trust && { trust }) });
  return {
    day,
    run,
    isDone: run === null,
    ending: report && endingOf(report),
    laneParts: run === null ? [] : partNumbers(run, 'lanes'),
    shardParts: run === null ? [] : partNumbers(run, 'shards'),
    totalsParts: run === null ? [] : partNumbers(run, 'totals'),
    counting: { waitedCount: 0 },
    archive: { attempt: 1 },
  };
}

/** `attempt` is the next one's; the texts are about what this one staged. */
async function readLines(
  { sql }: RoundPorts,
  options: BeginOptions,
  { run, executions, attempt }: OfRun & WithAnswers & { attempt: number },
) {
  const { markedStripes, ...lines } = await sql.read(executions).stage();
  const text = (query: 'reconcile' | 'receipts' | 'totals' | 'top'): string =>
    sql.textOf(query, { run, stageAttempt: attempt });
  return {
    hasPassed: hasArchivePassed(options, run, { ...lines, markedStripes }),
    attempt: attempt + 1,
    stagedAttempt: attempt,
    lines,
    texts: {
      reconcile: text('reconcile'),
      receipts: text('receipts'),
      totals: text('totals'),
      top: text('top'),
    },
  };
}

async function findSuspects(
  { sql, work }: RoundPorts,
  { run, executions, attempt }: OfRun & WithAnswers & { attempt: number },
) {
  const findings = await readFindings({ reconciler: sql.read(executions), work }, run);
  const hours = await writeSuspects(work, run, findings);
  const isAny = hours.length > 0;
  const about = { run, stageAttempt: attempt, suspectHours: hours };
  return { isAny, hours, text: isAny ? sql.textOf('ids', about) : null };
}

const NO_IDS: IdComparison = { hours: [], minutes: [] };

async function judge(
  ports: RoundPorts,
  given: OfRun & WithAnswers & { lines: CountedLines; hours: readonly HourName[] },
) {
  const { run, executions, lines, hours } = given;
  const reconciler = ports.sql.read(executions);
  const findings = await readFindings({ reconciler, work: ports.work }, run);
  const ids = hours.length === 0 ? NO_IDS : await reconciler.compareIds(hours);
  const { isSealable, report } = await judgeRun(ports, run, { evidence: { ...findings, ids }, lines });
  if (!run.isOpen && (!isSealable || isAlarming(report))) {
    ports.metrics.add(METRICS.auditDoubts, 1);
    ports.warn('the audit of a day needs a look: see docs/audit.md', {
      ...run.fence,
      findings: report.findings,
      isHeld: !isSealable,
    });
  }
  return { isSealable, ...endingOf(report) };
}

/** The round's last step: it came to its end, whatever it found. */
async function conclude(ports: RoundPorts, isRound: boolean): Promise<void> {
  if (!isRound) return;
  ports.metrics.add(METRICS.auditRuns, 1);
  const sealedToMs = await sealedThroughMs(ports);
  if (sealedToMs !== null)
    ports.metrics.observeCount(GAUGES.lastSealedDay, (ports.clock.nowMs() - sealedToMs) / DAY_MS);
}

/** All before is sealed. Where nothing is, that is all before the first day on record; `null`: no day is. */
async function sealedThroughMs({ ledger }: RoundPorts): Promise<number | null> {
  const sealedThrough = await ledger.sealedThrough();
  if (sealedThrough !== null) return dayEndMs(sealedThrough);
  const [first] = await ledger.listDays({});
  return first === undefined ? null : dayStartMs(first.day);
}
