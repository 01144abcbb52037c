import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Command } from 'commander';
import { clockJump, confirmClockJump } from '../adapters/embedded/high-water-clock.js';
import { daysAnswer, type DayAnswer } from '../core/audit/days-answer.js';
import { verifyChain, type VerifyReport, type VerifyStore } from '../core/audit/verify.js';
import { describeCommand } from './command.js';
import { EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import type { GlobalFlags } from './settings.js';
import { tableOf } from './table.js';
import { withAudit } from './with-audit.js';
import { withBucket, withTable } from './with-stack.js';

interface StackFlags extends GlobalFlags {
  /** A stack's table of days. Absent: the data directory. */
  readonly table?: string;
}

interface VerifyFlags extends StackFlags {
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
    'tally days --table Tally-Days',
  ])
    .option(...TABLE_OPTION)
    .option('--json', 'print the days as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<StackFlags>();
      const days = await listDays(flags, io);
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
      'tally verify --bucket tally-archive',
      'tally verify --bucket tally-archive --table Tally-Days --totals Tally-Totals',
    ],
  )
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
      else {
        const rows = result.problems.map(({ what, problem }) => [what, problem]);
        io.stdout.write(tableOf(['what', 'problem'], rows));
        io.stderr.write(`tally: ${result.actCount} acts, newest digest ${result.headDigest}\n`);
      }
      outcome.exitCode = result.problems.length === 0 ? EXIT.ok : EXIT.difference;
    });
}

const WHOLE_PLACE = 'of a stack, accepted: --bucket alone, or --bucket with both --table and --totals';

function isWholePlace({ bucket, table, totals }: VerifyFlags): boolean {
  const hasBothTables = (table === undefined) === (totals === undefined);
  return hasBothTables && (table === undefined || bucket !== undefined);
}

function listDays(flags: StackFlags, io: Io): Promise<DayAnswer[]> {
  const { table } = flags;
  if (table === undefined)
    return withAudit(flags, io, ({ ports, options }) => daysAnswer(ports, options.settings, {}));
  return withTable(table, async (client) => {
    const { DynamoDbLedger } = await import('../adapters/aws/dynamodb-ledger.js');
    const { DynamoDbSettings } = await import('../adapters/aws/dynamodb-settings.js');
    const place = { client, tableName: table };
    const settings = await new DynamoDbSettings(place).read();
    // Whoever counts first writes them: before, there are no days.
    return settings === null
      ? []
      : daysAnswer({ ledger: new DynamoDbLedger(place), clock: io }, settings, {});
  });
}

function verify(flags: VerifyFlags, io: Io): Promise<VerifyReport> {
  const { bucket, table, totals } = flags;
  if (bucket === undefined) return withAudit(flags, io, ({ ports }) => verifyChain(ports.files, ports));
  return withBucket(bucket, (files) =>
    table === undefined || totals === undefined
      ? verifyChain(files)
      : withTable(table, async (client) => verifyChain(files, await storeOf(client, table, totals))),
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
