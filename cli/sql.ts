import type { Command } from 'commander';
import { DuckDb } from '../adapters/embedded/duckdb.js';
import { describeCommand } from './command.js';
import type { Io } from './io.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';
import { tableOf } from './table.js';

const MEMORY_MEGABYTES = 1_024;
const THREADS = 2;

/** `tally sql`: questions to the archive, in SQL, over the files as they are. Nothing can be changed by it. */
export function addSql(program: Command, io: Io): void {
  describeCommand(
    program.command('sql <query>'),
    'Ask the archive in SQL: the view events, a row per delivery.',
    [
      `tally sql "select type, count(*) from events where dt = '2026-11-20' group by 1"`,
      `tally sql "select event_hour, sum(value) from events group by 1 order by 1" --json`,
    ],
  )
    .option('--json', 'print a JSON object per row')
    .action(async (query: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const db = await DuckDb.open({
        dataDirectory: dataDirectoryOf(flags, io),
        database: ':memory:',
        memoryMegabytes: MEMORY_MEGABYTES,
        threads: THREADS,
      });
      try {
        await print(db.rows(query), flags, io);
      } finally {
        db.close();
      }
    });
}

async function print(
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  flags: GlobalFlags,
  io: Io,
): Promise<void> {
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
