import type { Command } from 'commander';
import { clockJump, confirmClockJump } from '../adapters/embedded/high-water-clock.js';
import { verifyChain } from '../core/audit/verify.js';
import { daysAnswer } from '../core/audit/days-answer.js';
import { describeCommand } from './command.js';
import { EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { tableOf } from './table.js';
import { withAudit } from './with-audit.js';

/** `tally days`, `tally verify` and `tally clock confirm`. */
export function addDays(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(program.command('days'), 'List the days: state, totals, adjustments, digest.', [
    'tally days',
  ])
    .option('--json', 'print the days as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const days = await withAudit(flags, io, ({ ports, options }) =>
        daysAnswer(ports, options.settings, {}),
      );
      if (flags.json === true) io.stdout.write(`${JSON.stringify(days)}\n`);
      else io.stdout.write(tableOf(HEAD, days.map(rowOf)));
    });
  describeCommand(
    program.command('verify'),
    'Compute every digest of the chain again, from the files alone.',
    ['tally verify'],
  )
    .option('--json', 'print the result as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const result = await withAudit(flags, io, ({ ports }) => verifyChain(ports.files, ports));
      if (flags.json === true) io.stdout.write(`${JSON.stringify(result)}\n`);
      else {
        io.stdout.write(
          tableOf(
            ['what', 'problem'],
            result.problems.map(({ what, problem }) => [what, problem]),
          ),
        );
        io.stderr.write(`tally: ${result.actCount} acts, newest digest ${result.headDigest}\n`);
      }
      outcome.exitCode = result.problems.length === 0 ? EXIT.ok : EXIT.difference;
    });
  addClock(program, io);
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
