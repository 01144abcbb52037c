import { Option, type Command } from 'commander';
import { auditDay } from '../core/audit/audit-day.js';
import { auditDueDays } from '../core/audit/audit-due.js';
import type { Trust } from '../core/audit/judge.js';
import { hasUnexplainedChunks, type DayReport } from '../core/audit/report.js';
import { dayText, describeCommand } from './command.js';
import { EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { tableOf } from './table.js';
import { withAudit } from './with-audit.js';

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
      const reports = await withAudit(flags, io, ({ ports, options }) =>
        flags.day === undefined
          ? auditDueDays(ports, options)
          : auditDay(ports, options, { day: flags.day }).then((report) => [report]),
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
      const report = await withAudit(flags, io, ({ ports, options }) =>
        auditDay(ports, options, { day: flags.day, trust: flags.trust }),
      );
      print([report], flags, io);
      outcome.exitCode = report.outcome === 'sealed' ? EXIT.ok : EXIT.difference;
    });
}

/** Nothing differs, and nobody has to look: what cron and CI ask for. A day that still takes events can't be clean or not. */
const isClean = (report: DayReport): boolean =>
  report.outcome === 'open' ||
  (report.outcome === 'sealed' &&
    report.driftCount === 0 &&
    !report.isArchiveIncomplete &&
    !hasUnexplainedChunks(report));

function print(reports: readonly DayReport[], flags: GlobalFlags, io: Io): void {
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify(reports)}\n`);
    return;
  }
  if (reports.length === 0) io.stderr.write('tally: no day is due\n');
  for (const report of reports) {
    io.stderr.write(`tally: ${report.day} ${report.outcome}${reasonOf(report)}\n`);
    io.stdout.write(driftTable(report));
  }
}

function reasonOf(report: DayReport): string {
  if (report.reason !== undefined) return `: ${report.reason}`;
  const found = Object.entries(report.findings).map(([verdict, count]) => `${count} × ${verdict}`);
  const unwitnessed =
    report.unwitnessedChunkCount === 0 ? [] : [`${report.unwitnessedChunkCount} chunks without a receipt`];
  return `: ${[...found, ...unwitnessed].join(', ') || 'no drift'}`;
}

const driftTable = ({ day, drift }: DayReport): string =>
  tableOf(
    ['hour', 'counter', 'counted', 'journaled', 'archived', 'target', 'verdict'],
    drift.map((row) => [
      row.hour.startsWith(day) ? row.hour : day,
      row.counter,
      row.counted.value,
      row.journaled.value,
      row.archived.value,
      row.target.value,
      row.verdicts.join(', '),
    ]),
  );
