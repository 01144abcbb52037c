import type { Command } from 'commander';
import { DuckDb } from '../adapters/embedded/duckdb.js';
import { TallyError } from '../core/errors.js';
import { describeCommand } from './command.js';
import type { Io } from './io.js';
import { askAthena } from './sql-on-aws.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';
import { tableOf } from './table.js';

const MEMORY_MEGABYTES = 1_024;
const THREADS = 2;

interface SqlFlags extends GlobalFlags {
  readonly workgroup?: string;
  readonly database?: string;
}

type Rows = AsyncIterable<Readonly<Record<string, unknown>>>;

/** `tally sql`: questions to the archive, in SQL, over the files as they are. Nothing can be changed by it. */
export function addSql(program: Command, io: Io): void {
  describeCommand(
    program.command('sql <query>'),
    'Ask the archive in SQL: the view events, a row per delivery. On this machine, or in a stack by Athena.',
    [
      `tally sql "select type, count(*) from events where dt = '2026-11-20' group by 1"`,
      `tally sql "select event_hour, sum(value) from events group by 1 order by 1" --json`,
      `tally sql --workgroup Tally-… --database tally_… "select * from acts"`,
    ],
  )
    .option('--workgroup <name>', "ask a stack: its Athena workgroup (the stack's output AskSql has it)")
    .option('--database <name>', "with --workgroup: the stack's database")
    .option('--json', 'print a JSON object per row')
    .action(async (query: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SqlFlags>();
      await print(ask(query, flags, io), flags, io);
    });
}

function ask(query: string, flags: SqlFlags, io: Io): Rows {
  const { workgroup: workGroup, database } = flags;
  if (workGroup !== undefined && database !== undefined) return askAthena(query, { workGroup, database }, io);
  if (workGroup === undefined && database === undefined) return askFiles(query, dataDirectoryOf(flags, io));
  throw new TallyError(
    'parameter_invalid',
    `${database === undefined ? '--database' : '--workgroup'} is missing; accepted: both of --workgroup and --database, or neither`,
  );
}

async function* askFiles(query: string, dataDirectory: string): Rows {
  const db = await DuckDb.open({
    dataDirectory,
    database: ':memory:',
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
  });
  try {
    yield* db.rows(query);
  } finally {
    db.close();
  }
}

async function print(rows: Rows, flags: GlobalFlags, io: Io): Promise<void> {
  let head: string[] = [];
  const cells: (string | number)[][] = [];
  for await (const row of rows) {
    if (flags.json === true) io.stdout.write(`${JSON.stringify(row, plain)}\n`);
    else {
      head = Object.keys(row);
      cells.push(Object.values(row).map((value) => cellOf(value)));
    }
  }
  if (head.length > 0) io.stdout.write(tableOf(head, cells));
}

/** Integers beyond 2^53 stay exact as text. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function cellOf(value: unknown): string | number {
  if (typeof value === 'bigint' || typeof value === 'number') return plain('', value) as string | number;
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, plain);
}
