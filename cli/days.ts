import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { FileAuditFiles } from '../adapters/embedded/file-audit-files.js';
import { clockJump, confirmClockJump } from '../adapters/embedded/high-water-clock.js';
import { verifyChain, type VerifyReport } from '../core/audit/verify.js';
import { dayAnswer, daysAnswer } from '../core/audit/days-answer.js';
import { formatInstant, type Day } from '../core/time.js';
import { dayText, describeCommand } from './command.js';
import { CommandError, EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { details, headline } from './report-text.js';
import { formatCount, tableOf } from './table.js';
import { withAudit } from './with-audit.js';

/** `tally days`, `tally verify` and `tally clock confirm`. */
export function addDays(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(program.command('days'), 'List the days: state, totals, adjustments, digest.', [
    'tally days',
    'tally days --day 2026-11-20      what its newest audit found',
  ])
    .option('--day <day>', "this day only, with its newest audit's report", dayText)
    .option('--json', 'print the days as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly day?: string }>();
      if (flags.day !== undefined) return printDay(flags, flags.day, io);
      const days = await withAudit(flags, io, ({ ports, options }) =>
        daysAnswer(ports, options.settings, {}),
      );
      if (flags.json === true) io.stdout.write(`${JSON.stringify(days)}\n`);
      else io.stdout.write(tableOf(HEAD, days.map(rowOf)));
    });
  describeCommand(
    program.command('verify'),
    'Compute every digest of the chain again, from the files alone.',
    ['tally verify', 'tally verify --files ./audit      a copy of the folder, without any other data'],
  )
    .option('--files <directory>', 'check this copy of the folder audit/ by itself')
    .option('--json', 'print the result as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly files?: string }>();
      const result =
        flags.files === undefined
          ? await withAudit(flags, io, ({ ports }) => verifyChain(ports.files, ports))
          : await verifyFiles(flags.files);
      if (flags.json === true) io.stdout.write(`${JSON.stringify(result)}\n`);
      else {
        if (result.problems.length > 0)
          io.stdout.write(
            tableOf(
              ['what', 'problem'],
              result.problems.map(({ what, problem }) => [what, problem]),
            ),
          );
        const found =
          result.problems.length === 0 ? 'all is as it was sealed' : `${result.problems.length} problems`;
        io.stderr.write(
          `tally: ${found}: ${formatCount(result.actCount)} acts, ${formatCount(result.counterCount)} totals, ` +
            `newest digest ${result.headDigest}\n`,
        );
      }
      outcome.exitCode = result.problems.length === 0 ? EXIT.ok : EXIT.difference;
    });
  addClock(program, io);
}

async function verifyFiles(directory: string): Promise<VerifyReport> {
  if (existsSync(join(directory, 'acts'))) return verifyChain(new FileAuditFiles(directory));
  throw new CommandError(
    'data_missing',
    `there is no folder acts/ in ${directory}: name a copy of the folder audit/ of the data`,
  );
}

async function printDay(flags: GlobalFlags, day: Day, io: Io): Promise<void> {
  const answer = await withAudit(flags, io, ({ ports, options }) => dayAnswer(ports, options.settings, day));
  if (answer === null)
    throw new CommandError('day_unknown', `nothing of ${day} was ever counted; see \`tally days\``);
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  io.stdout.write(tableOf(HEAD, [rowOf(answer)]));
  if (answer.report === null) return;
  io.stdout.write(
    `\nNewest audit, run ${answer.report.runNumber} at ${formatInstant(answer.report.auditedAtMs)}:\n`,
  );
  io.stdout.write(`${headline(answer.report)}\n${details(answer.report)}`);
}

function addClock(program: Command, io: Io): void {
  const clock = describeCommand(program.command('clock'), 'Say that the clock is right.', [
    'tally clock confirm',
  ]);
  describeCommand(
    clock.command('confirm'),
    'After the clock jumped: it is right now, days may be sealed again.',
    ['tally clock confirm'],
  ).action(async (_: unknown, command: Command) => {
    const hadJump = await withAudit(command.optsWithGlobals<GlobalFlags>(), io, async ({ streamData }) => {
      const jump = clockJump(streamData);
      await confirmClockJump(streamData);
      return jump !== null;
    });
    io.stderr.write(
      hadJump ? 'tally: confirmed; days may be sealed again\n' : 'tally: the clock did not jump\n',
    );
  });
}

const HEAD = ['day', 'state', 'value', 'events', 'drift', 'adjusted', 'digest'];

const rowOf = (day: Awaited<ReturnType<typeof daysAnswer>>[number]): (string | number)[] => [
  day.day,
  day.reason === null ? day.state : `${day.state} (${day.reason})`,
  day.value ?? '',
  day.events ?? '',
  day.drift ?? '',
  day.adjustments ?? '',
  day.digest ?? '',
];
