import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { DuckDb } from '../adapters/embedded/duckdb.js';
import { TallyError } from '../core/errors.js';
import { dayText, describeCommand, wholeNumber } from './command.js';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { listQueries, namedQuery, type QueryFlags } from './named-queries.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';
import { askAthena } from './sql-on-aws.js';
import { tableOf } from './table.js';

const MEMORY_MEGABYTES = 1_024;
const THREADS = 2;

interface SqlFlags extends GlobalFlags, QueryFlags {
  readonly named?: string;
  readonly list?: boolean;
  readonly workgroup?: string;
  readonly database?: string;
}

type Rows = AsyncIterable<Readonly<Record<string, unknown>>>;

const TOP_LIMIT_DEFAULT = 20;
const TOP_LIMIT_MAX = 10_000;

/** `tally sql`: questions to the archive, in SQL, over the files as they are. Nothing can be changed by it. */
export function addSql(program: Command, io: Io): void {
  describeCommand(
    program.command('sql [query]'),
    'Ask the archive in SQL: the view events, a row per delivery. On this machine, or in a stack by Athena. Or ask a question that ' +
      'others had before.',
    [
      `tally sql "select type, count(*) from events where dt = '2026-11-20' group by 1"`,
      `tally sql "select event_hour, sum(value) from events group by 1 order by 1" --json`,
      'tally sql --list                              the questions that have names',
      'tally sql --named daily-totals --from 2026-11-20',
      'tally sql --named top-subjects --day 2026-11-20 --type page.viewed',
      `tally sql --workgroup Tally-… --database tally_… "select * from acts"`,
    ],
  )
    .option('--named <name>', 'ask this of the named queries')
    .option('--list', 'list the named queries')
    .option('--from <day>', 'for named queries: only what arrived on this day or later', dayText)
    .option('--day <day>', 'for named queries: the day of event time', dayText)
    .option('--type <type>', 'for named queries: the type')
    .option(
      '--limit <count>',
      'for named queries: how many rows at most',
      wholeNumber(1, TOP_LIMIT_MAX),
      TOP_LIMIT_DEFAULT,
    )
    .option('--workgroup <name>', "ask a stack: its Athena workgroup (the stack's output AskSql has it)")
    .option('--database <name>', "with --workgroup: the stack's database")
    .option('--json', 'print a JSON object per row')
    .action(async (query: string | undefined, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SqlFlags>();
      if (flags.list === true) await printList(flags, io);
      else await print(ask(query, flags, io), flags, io);
    });
}

async function printList(flags: GlobalFlags, io: Io): Promise<void> {
  const queries = await listQueries();
  if (flags.json !== true) io.stdout.write(tableOf(['name', 'flags', 'answers'], queries));
  else
    for (const [name, takes, answers] of queries)
      io.stdout.write(`${JSON.stringify({ name, takes, answers })}\n`);
}

function ask(query: string | undefined, flags: SqlFlags, io: Io): Rows {
  const { workgroup: workGroup, database, named } = flags;
  if ((query === undefined) === (named === undefined))
    throw new CommandError(
      'query_unknown',
      'give either a query or --named <name>; `tally sql --list` has the names',
    );
  if (workGroup === undefined && database === undefined) return askFiles(query, flags, io);
  if (query === undefined)
    throw new CommandError(
      'query_unknown',
      'in a stack the named queries are saved in the workgroup itself: open them in Athena, or give a query here',
    );
  if (workGroup !== undefined && database !== undefined) return askAthena(query, { workGroup, database }, io);
  throw new TallyError(
    'parameter_invalid',
    `${database === undefined ? '--database' : '--workgroup'} is missing; accepted: both of --workgroup and --database, or neither`,
  );
}

async function* askFiles(query: string | undefined, flags: SqlFlags, io: Io): Rows {
  const { sql, values } =
    query === undefined ? await namedQuery(flags.named ?? '', flags) : { sql: query, values: [] };
  const dataDirectory = dataDirectoryOf(flags, io);
  if (!existsSync(dataDirectory))
    throw new CommandError(
      'data_missing',
      `there is no data in ${dataDirectory}: name it with --data or TALLY_DATA`,
    );
  const db = await DuckDb.open({
    dataDirectory,
    database: ':memory:',
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
  });
  try {
    yield* db.rows(sql, values);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('query_failed', (error as Error).message, { cause: error });
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
