import { Option, type Command } from 'commander';
import { auditDay, type AuditPorts } from '../core/audit/audit-day.js';
import { makeHeartbeatChunk } from '../core/heartbeat.js';
import { closeMsOf } from '../core/settings.js';
import { dayStartMs, formatInstant, type Day } from '../core/time.js';
import { auditDueDays } from '../core/audit/audit-due.js';
import type { Trust } from '../core/audit/judge.js';
import type { DayReport } from '../core/audit/report.js';
import { dayText, describeCommand } from './command.js';
import { CommandError, EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { details, headline, isClean } from './report-text.js';
import { makeProgress } from './progress.js';
import { withAudit, type OpenAudit } from './with-audit.js';

interface AuditFlags extends GlobalFlags {
  readonly day?: string;
}

interface SealFlags extends GlobalFlags {
  readonly day: string;
  readonly trust: Trust;
}

/** `tally audit` and `tally seal`. */
export function addAudit(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(
    program.command('audit'),
    'Compare archive, journals, counters and receipts of a day; seal it if it is closed and nothing is in doubt.',
    [
      'tally audit                      every closed day that is not sealed',
      'tally audit --day 2026-11-20 --json',
    ],
  )
    .option('--day <day>', 'this day only', dayText)
    .option('--json', 'print the reports as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<AuditFlags>();
      const reports = await withAudit(flags, io, (audit) =>
        flags.day === undefined
          ? watched(audit, io, (ports) => auditDueDays(ports, audit.options))
          : auditOne(audit, io, { day: flags.day }).then((report) => [report]),
      );
      print(reports, flags, io);
      outcome.exitCode = reports.every(isClean) ? EXIT.ok : EXIT.difference;
    });
  describeCommand(
    program.command('seal'),
    'Decide about a day that the audit holds, and seal it: the act says whose word it was.',
    ['tally seal --day 2026-11-20 --trust journal'],
  )
    .requiredOption('--day <day>', 'the day', dayText)
    .addOption(
      new Option('--trust <witness>', 'whom to believe where they differ')
        .choices(['archive', 'journal'])
        .makeOptionMandatory(),
    )
    .option('--json', 'print the report as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SealFlags>();
      const report = await withAudit(flags, io, (audit) =>
        auditOne(audit, io, { day: flags.day, trust: flags.trust }),
      );
      print([report], flags, io);
      outcome.exitCode = report.outcome === 'sealed' ? EXIT.ok : EXIT.difference;
    });
}

async function auditOne(audit: OpenAudit, io: Io, what: { day: Day; trust?: Trust }): Promise<DayReport> {
  await requireKnown(audit, what.day);
  await bringReadersUp(audit, what.day);
  return watched(audit, io, (ports) => auditDay(ports, audit.options, what));
}

/** An audit puts its day on record: one that was mistyped must not stand there. */
async function requireKnown({ ports }: OpenAudit, day: Day): Promise<void> {
  const nowMs = ports.clock.nowMs();
  if (dayStartMs(day) > nowMs)
    throw new CommandError(
      'day_unknown',
      `${day} has not begun: the data's clock says ${formatInstant(nowMs)}`,
    );
  const [first] = await ports.ledger.listDays({});
  if (first !== undefined && first.day <= day) return;
  const known =
    first === undefined
      ? 'no event was ever counted'
      : `the first day on record is ${first.day} (tally days)`;
  throw new CommandError('day_unknown', `nothing of ${day} was ever counted; ${known}`);
}

/**
 * Of a day that still takes events, what is stored is counted and in a file before anybody compares: the archive keeps a file open for
 * a while, and what lies in it would look lost. A control line makes it write.
 */
async function bringReadersUp({ ports, options }: OpenAudit, day: Day): Promise<void> {
  const nowMs = ports.clock.nowMs();
  if (nowMs >= closeMsOf(options.settings, day)) return;
  await ports.stream.put([await makeHeartbeatChunk(0, nowMs)]);
  await options.waitForReaders(0);
}

/** Steps of a day that take long, in order, by the call that begins the next one. */
const STEPS = ['snapshot', 'stage', 'reconcile', 'checkReceipts', 'totals', 'topSubjects', 'close'] as const;

/** Shows on a terminal how far an audit is; a round begins anew with each day. */
async function watched<T>({ ports }: OpenAudit, io: Io, work: (ports: AuditPorts) => Promise<T>): Promise<T> {
  const progress = makeProgress(io, 'steps', STEPS.length);
  const sql: AuditPorts['sql'] = {
    openRun: async (fence) => {
      progress.update(1, fence.day);
      return noting(await ports.sql.openRun(fence), (call) => {
        const at = STEPS.findIndex((step) => step === call);
        if (at > 0) progress.update(at + 1, `${fence.day} ${call}`);
      });
    },
  };
  try {
    return await work({ ...ports, sql });
  } finally {
    progress.stop();
  }
}

const noting = <T extends object>(object: T, note: (call: string) => void): T =>
  new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        note(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });

function print(reports: readonly DayReport[], flags: GlobalFlags, io: Io): void {
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify(reports)}\n`);
    return;
  }
  if (reports.length === 0) io.stderr.write('tally: no day is due\n');
  for (const report of reports) {
    io.stderr.write(`tally: ${headline(report)}\n`);
    io.stdout.write(details(report));
  }
}
