import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { FileAuditFiles } from '../adapters/embedded/file-audit-files.js';
import { clockJump, confirmClockJump } from '../adapters/embedded/high-water-clock.js';
import { dayAnswer, daysAnswer, type DayAnswer } from '../core/audit/days-answer.js';
import { verifyChain, type VerifyReport, type VerifyStore } from '../core/audit/verify.js';
import type { Settings } from '../core/settings.js';
import { formatInstant, type Day } from '../core/time.js';
import { dayText, describeCommand } from './command.js';
import { CommandError, EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { details, headline } from './report-text.js';
import { formatCount, tableOf } from './table.js';
import { withAudit } from './with-audit.js';
import { withBucket, withTable } from './with-stack.js';

interface StackFlags extends GlobalFlags {
  /** A stack's table of days. Absent: the data directory. */
  readonly table?: string;
}

interface DaysFlags extends StackFlags {
  readonly day?: string;
}

interface VerifyFlags extends StackFlags {
  readonly files?: string;
  readonly bucket?: string;
  readonly totals?: string;
}

const TABLE_OPTION = [
  '--table <name>',
  'of a stack on AWS: its table of days, as its output Verify names it',
] as const;

/** `tally days`, `tally verify` and `tally clock confirm`. */
export function addDays(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(program.command('days'), 'List the days: state, totals, adjustments, digest.', [
    'tally days',
    'tally days --day 2026-11-20      what its newest audit found',
    'tally days --table Tally-Days',
  ])
    .option('--day <day>', "this day only, with its newest audit's report", dayText)
    .option(...TABLE_OPTION)
    .option('--json', 'print the days as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DaysFlags>();
      if (flags.day !== undefined) return printDay(flags, flags.day, io);
      const days = (await askDays(flags, io, (ports, settings) => daysAnswer(ports, settings, {}))) ?? [];
      if (flags.json === true) io.stdout.write(`${JSON.stringify(days)}\n`);
      else io.stdout.write(tableOf(HEAD, days.map(rowOf)));
    });
  addVerify(program, io, outcome);
  addClock(program, io);
}

function addVerify(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(
    program.command('verify'),
    'Compute every digest of the chain again, from the files alone.',
    [
      'tally verify',
      'tally verify --files ./audit      a copy of the folder, without any other data',
      'tally verify --bucket tally-archive',
      'tally verify --bucket tally-archive --table Tally-Days --totals Tally-Totals',
    ],
  )
    .option('--files <directory>', 'check this copy of the folder audit/ by itself')
    .option('--bucket <name>', 'of a stack on AWS: the bucket of its archive, whose files are verified')
    .option(...TABLE_OPTION)
    .option(
      '--totals <name>',
      'with --table: its table of totals, which queries read; compared with the files',
    )
    .option('--json', 'print the result as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<VerifyFlags>();
      if (!isWholePlace(flags)) command.error(`error: ${WHOLE_PLACE}`);
      const result = await verify(flags, io);
      if (flags.json === true) io.stdout.write(`${JSON.stringify(result)}\n`);
      else printVerified(result, io);
      outcome.exitCode = result.problems.length === 0 ? EXIT.ok : EXIT.difference;
    });
}

function printVerified({ problems, actCount, counterCount, headDigest }: VerifyReport, io: Io): void {
  if (problems.length > 0) {
    const rows = problems.map(({ what, problem }) => [what, problem]);
    io.stdout.write(tableOf(['what', 'problem'], rows));
  }
  const found = problems.length === 0 ? 'all is as it was sealed' : `${problems.length} problems`;
  io.stderr.write(
    `tally: ${found}: ${formatCount(actCount)} acts, ${formatCount(counterCount)} totals, newest digest ${headDigest}\n`,
  );
}

const WHOLE_PLACE =
  'accepted: --files alone; or, of a stack, --bucket alone, or --bucket with both --table and --totals';

function isWholePlace({ files, bucket, table, totals }: VerifyFlags): boolean {
  if (files !== undefined) return bucket === undefined && table === undefined && totals === undefined;
  const hasBothTables = (table === undefined) === (totals === undefined);
  return hasBothTables && (table === undefined || bucket !== undefined);
}

type DayPorts = Parameters<typeof daysAnswer>[0];

/** Ask the days of the data directory, or those of a stack's table. `null`: nothing was ever counted there. */
function askDays<T>(
  flags: StackFlags,
  io: Io,
  ask: (ports: DayPorts, settings: Settings) => Promise<T>,
): Promise<T | null> {
  const { table } = flags;
  if (table === undefined) return withAudit(flags, io, ({ ports, options }) => ask(ports, options.settings));
  return withTable(table, async (client) => {
    const { DynamoDbLedger } = await import('../adapters/aws/dynamodb-ledger.js');
    const { DynamoDbSettings } = await import('../adapters/aws/dynamodb-settings.js');
    const place = { client, tableName: table };
    // Whoever counts first writes them: before, there are no days.
    const settings = await new DynamoDbSettings(place).read();
    return settings === null ? null : ask({ ledger: new DynamoDbLedger(place), clock: io }, settings);
  });
}

function verify(flags: VerifyFlags, io: Io): Promise<VerifyReport> {
  const { files, bucket, table, totals } = flags;
  if (files !== undefined) return verifyFiles(files);
  if (bucket === undefined) return withAudit(flags, io, ({ ports }) => verifyChain(ports.files, ports));
  return withBucket(bucket, (archived) =>
    table === undefined || totals === undefined
      ? verifyChain(archived)
      : withTable(table, async (client) => verifyChain(archived, await storeOf(client, table, totals))),
  );
}

async function storeOf(client: DynamoDBClient, table: string, totals: string): Promise<VerifyStore> {
  const { DynamoDbLedger } = await import('../adapters/aws/dynamodb-ledger.js');
  const { DynamoDbTotals } = await import('../adapters/aws/dynamodb-totals.js');
  return {
    ledger: new DynamoDbLedger({ client, tableName: table }),
    totals: new DynamoDbTotals({ client, tableName: totals }),
  };
}

async function verifyFiles(directory: string): Promise<VerifyReport> {
  if (existsSync(join(directory, 'acts'))) return verifyChain(new FileAuditFiles(directory));
  throw new CommandError(
    'data_missing',
    `there is no folder acts/ in ${directory}: name a copy of the folder audit/ of the data`,
  );
}

async function printDay(flags: StackFlags, day: Day, io: Io): Promise<void> {
  const answer = await askDays(flags, io, (ports, settings) => dayAnswer(ports, settings, day));
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

const rowOf = (day: DayAnswer): (string | number)[] => [
  day.day,
  day.reason === null ? day.state : `${day.state} (${day.reason})`,
  day.value ?? '',
  day.events ?? '',
  day.drift ?? '',
  day.adjustments ?? '',
  day.digest ?? '',
];
