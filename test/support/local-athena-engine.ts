/** What stands behind the local Athena: DuckDB over the local S3's files, through the tables that the stack puts into Glue. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sqlLiteral, sqlName } from '../../core/sql-text.js';
import {
  SQL_TABLES,
  SQL_VIEW_NAMES,
  sqlFileOf,
  type SqlTable,
  type SqlTableName,
} from '../../core/sql-tables.js';

export interface EngineOptions {
  /** Of the local S3: `<directory>/<bucket>/<key>`. */
  readonly directory: string;
  readonly database: string;
  readonly buckets: Readonly<Record<SqlTable['bucket'], string>>;
}

export interface EngineResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

const readSql = (name: string): string => readFileSync(join(__dirname, `../../sql/${name}.sql`), 'utf8');

/** A database of its own for each query: what lies in S3 now is what it sees. */
export async function runQuery(text: string, options: EngineOptions): Promise<EngineResult> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await makeTables(connection, text, options);
    const unload = /^unload \((.*)\)\s*to '([^']*)'\s*with \(.*\)$/s.exec(text.trim());
    if (unload === null) return await read(connection, text);
    await writeParquet(connection, options, unload[1] ?? '', unload[2] ?? '');
    return { columns: [], rows: [] };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function makeTables(connection: DuckDBConnection, text: string, options: EngineOptions): Promise<void> {
  const schema = sqlName(options.database);
  await connection.run(`create schema ${schema}; use ${schema}`);
  await connection.run(readSql('duckdb-macros'));
  for (const name of Object.keys(SQL_TABLES) as SqlTableName[]) {
    const files = filesOf(SQL_TABLES[name], options);
    if (text.includes(name)) files.forEach(checkInflates);
    await connection.run(`create view ${name} as ${tableQuery(SQL_TABLES[name], files)}`);
  }
  for (const view of SQL_VIEW_NAMES) await connection.run(readSql(sqlFileOf(view)));
}

/** All that there are: a glob that matches nothing is an error in DuckDB, so files are looked up first. */
function filesOf(table: SqlTable, { directory, buckets }: EngineOptions): string[] {
  const pattern = table.folder.replaceAll(/\$\{\w+\}/g, '*');
  return filesIn(join(directory, buckets[table.bucket]), pattern.split('/').slice(0, -1));
}

/** Trino fails on a file that is cut off; DuckDB reads what is left of it. */
function checkInflates(file: string): void {
  if (!file.endsWith('.gz')) return;
  try {
    gunzipSync(readFileSync(file));
  } catch (error) {
    throw new Error(`HIVE_CURSOR_ERROR: Failed to read file: ${file}`, { cause: error });
  }
}

function tableQuery(table: SqlTable, files: readonly string[]): string {
  const partitions = Object.keys(table.partitions);
  const columns = Object.entries(table.columns);
  if (files.length === 0) {
    const types = [...columns, ...partitions.map((name) => [name, 'string'] as const)];
    return `select ${types.map(([name, type]) => `cast(null as ${DUCKDB_TYPE[type]}) as ${name}`).join(', ')} where false`;
  }
  const names = [...columns.map(([name]) => (name === 'line' ? LINE : name)), ...partitions];
  return `select ${names.join(', ')} from ${reader(table, files)}`;
}

/** Trino finds no attributes in what is no JSON; DuckDB would stop. */
const LINE = 'case when json_valid(line) then line end as line';

const DUCKDB_TYPE = { string: 'varchar', bigint: 'bigint', boolean: 'boolean' } as const;

function reader({ format, columns }: SqlTable, files: readonly string[]): string {
  const hive = 'hive_partitioning = true, hive_types_autocast = false';
  const list = `[${files.map(sqlLiteral).join(', ')}]`;
  if (format === 'parquet') return `read_parquet(${list}, ${hive})`;
  const types = Object.keys(columns).map((name) => `${sqlLiteral(name)}: 'varchar'`);
  // A delimiter that no line has: the line is one column, as it is.
  const delimiter = format === 'tsv' ? '\t' : '\u0001';
  return (
    `read_csv(${list}, columns = {${types.join(', ')}}, auto_detect = false, header = false, delim = '${delimiter}', ` +
    `quote = '', escape = '', ${hive})`
  );
}

function filesIn(folder: string, pattern: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  const [first, ...rest] = pattern;
  const entries = readdirSync(folder, { withFileTypes: true });
  if (first === undefined)
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
      .map((entry) => join(folder, entry.name))
      .sort();
  const isMatch = new RegExp(`^${first.replaceAll('*', '[^/]*')}$`);
  return entries
    .filter((entry) => entry.isDirectory() && isMatch.test(entry.name))
    .flatMap((entry) => filesIn(join(folder, entry.name), rest));
}

async function read(connection: DuckDBConnection, text: string): Promise<EngineResult> {
  const result = await connection.runAndReadAll(text);
  const types = result.columnTypes();
  return {
    columns: result.columnNames().map((name, at) => ({ name, type: athenaType(String(types[at])) })),
    rows: result.getRows().map((row) => row.map((value) => (value === null ? null : String(value)))),
  };
}

/** Sums are wider in DuckDB; in Trino a sum of integers is as wide as they are. */
function athenaType(type: string): string {
  if (type === 'HUGEINT') return 'bigint';
  return type.toLowerCase();
}

async function writeParquet(
  connection: DuckDBConnection,
  { directory }: EngineOptions,
  query: string,
  uri: string,
): Promise<void> {
  const folder = join(directory, uri.replace(/^s3:\/\//, ''));
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: ${uri}`);
  mkdirSync(folder, { recursive: true });
  const file = sqlLiteral(join(folder, 'part-0'));
  await connection.run(`copy (${query}) to ${file} (format parquet, compression snappy)`);
}
