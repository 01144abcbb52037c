/** DuckDB over the engine's files: the views of `sql/`, in a database of its own that is thrown away. */
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { ARCHIVE_EXTENSIONS } from './archive-file.js';
import { readSql } from './sql-files.js';

export interface DuckDbOptions {
  readonly dataDirectory: string;
  /** A file, for what does not fit in memory; `:memory:` for questions of analysts. */
  readonly database: string;
  readonly memoryMegabytes: number;
  readonly threads: number;
  /** Partitions of arrival to read, from this day on. @default all */
  readonly firstDt?: string;
}

export type Row = Readonly<Record<string, DuckDBValue>>;

/** Views in the order in which they need each other. */
const VIEWS = ['archive-lines', 'events', 'receipt-lines', 'rejected-lines', 'acts'] as const;

export class DuckDb {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  public static async open(options: DuckDbOptions): Promise<DuckDb> {
    const instance = await DuckDBInstance.create(options.database, {
      memory_limit: `${options.memoryMegabytes}MB`,
      threads: String(options.threads),
      temp_directory: options.database === ':memory:' ? '' : `${options.database}.tmp`,
      // Order comes from ORDER BY alone, and keeping any other costs memory.
      preserve_insertion_order: 'false',
      // Nothing is fetched from anywhere.
      autoinstall_known_extensions: 'false',
    });
    const db = new DuckDb(instance, await instance.connect());
    await db.run(await readSql('duckdb-macros'));
    await db.run(`create or replace view raw_events as ${rawEvents(options)}`);
    await db.run(`create or replace view raw_receipts as ${rawLines(options, 'receipts')}`);
    await db.run(`create or replace view raw_rejected as ${rawLines(options, 'rejected')}`);
    await db.run(`create or replace view raw_acts as ${rawActs(options)}`);
    for (const view of VIEWS) await db.run(await readSql(view));
    return db;
  }

  /** Run statements whose result nobody wants. Values are bound, never spliced in. */
  public async run(sql: string, values: DuckDBValue[] = []): Promise<void> {
    await this.connection.run(sql, values);
  }

  /** Rows one at a time: a result may be larger than memory. */
  public async *rows(sql: string, values: DuckDBValue[] = []): AsyncIterable<Row> {
    const result = await this.connection.stream(sql, values);
    const names = result.columnNames();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const row of chunk.getRows())
        yield Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]));
    }
  }

  public close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** A text as SQL writes it. For paths, which no statement can bind. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const NO_LINES = `select cast(null as varchar) as line, '' as dt, '' as hour where false`;

/**
 * One column, `line`: a line that is not JSON is null, so it is counted and stops nothing. Only complete files match: one
 * being written has a dot in front of its name and another ending.
 */
function rawEvents({ dataDirectory, firstDt }: DuckDbOptions): string {
  const globs = partitions(join(dataDirectory, 'events'), firstDt).flatMap((directory) =>
    ARCHIVE_EXTENSIONS.filter((extension) => hasFiles(directory, extension)).map((extension) =>
      quoted(join(directory, '*', `*${extension}`)),
    ),
  );
  if (globs.length === 0) return NO_LINES;
  return (
    `select cast(json as varchar) as line, dt, hour from read_ndjson_objects([${globs.join(', ')}], ` +
    `ignore_errors = true, compression = 'auto_detect', hive_partitioning = true, hive_types_autocast = false)`
  );
}

/** The newest file's last line may still be in the writing: a day that has closed has no line in it. */
function rawLines({ dataDirectory, firstDt }: DuckDbOptions, folder: 'receipts' | 'rejected'): string {
  const globs = partitions(join(dataDirectory, folder), firstDt)
    .filter((directory) => readdirSync(directory).some((name) => name.endsWith('.ndjson')))
    .map((directory) => quoted(join(directory, '*.ndjson')));
  if (globs.length === 0) return NO_LINES;
  return (
    `select cast(json as varchar) as line, dt, '' as hour from read_ndjson_objects([${globs.join(', ')}], ` +
    `ignore_errors = true, hive_partitioning = true, hive_types_autocast = false)`
  );
}

/** One line a file. */
function rawActs({ dataDirectory }: DuckDbOptions): string {
  const directory = join(dataDirectory, 'audit', 'acts');
  const hasActs = existsSync(directory) && readdirSync(directory).some((name) => name.endsWith('.json'));
  if (!hasActs) return NO_LINES;
  return `select cast(json as varchar) as line from read_ndjson_objects(${quoted(join(directory, '*.json'))})`;
}

const PARTITION = /^dt=(\d{4}-\d{2}-\d{2})$/;

/** A glob that matches nothing is an error in DuckDB, so folders are looked up first. */
function partitions(directory: string, firstDt = ''): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => (PARTITION.exec(name)?.[1] ?? '') >= (firstDt || '0') && PARTITION.test(name))
    .sort()
    .map((name) => join(directory, name));
}

const hasFiles = (directory: string, extension: string): boolean =>
  readdirSync(directory).some((hour) =>
    readdirSync(join(directory, hour)).some((name) => name.endsWith(extension) && !name.startsWith('.')),
  );
