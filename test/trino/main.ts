/**
 * `npm run trino`: every text of `sql/` in a real Trino, which Athena is made of, against DuckDB, over the same data.
 *
 * Wants Java 17 and Maven. Without them it is skipped, and says so as loudly as it can without failing.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditQueryText, type AthenaRun } from '../../adapters/aws/athena-queries.js';
import { SQL_VIEWS, SQL_VIEW_NAMES, sqlFileOf, type SqlViewName } from '../../core/sql-tables.js';
import { bindLiterals, overQueries, viewQuery, type NamedQuery } from '../../core/sql-text.js';
import * as sample from './sample.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SQL = fileURLToPath(new URL('../../sql/', import.meta.url));
const { DAY, DATABASE } = sample;

const run: AthenaRun = {
  fence: { day: DAY, runNumber: 3 },
  database: DATABASE,
  workUri: `s3://work/dt=${DAY}/run=3`,
  suspectHours: [`${DAY}T09`, `${DAY}T10`],
  topLimit: 2,
};

const readSql = (name: string): string => readFileSync(join(SQL, `${name}.sql`), 'utf8');

const OF_ARRIVAL = { dt: DAY, hour: '09' };
const OF_RUN = { dt: DAY, run: '3' };
const lines = (name: string, of: readonly string[], constants: Record<string, string>): string =>
  sample.tableOf(
    name,
    ['line'],
    of.map((line) => [line]),
    constants,
  );

const COUNTER_HOUR = ['counter', 'event_hour'];

/** The tables that a day's run finds, made by either engine. */
const tablesOf = (eventLines: readonly string[]): string[] => [
  lines('raw_events', eventLines, OF_ARRIVAL),
  lines('raw_receipts', sample.RECEIPT_LINES, OF_ARRIVAL),
  lines('raw_rejected', sample.REJECTED_LINES, OF_ARRIVAL),
  lines('raw_acts', sample.ACT_LINES, {}),
  sample.tableOf(
    'audit_snapshot',
    [...COUNTER_HOUR, 'journaled_value', 'journaled_events', 'counted_value', 'counted_events'],
    sample.SNAPSHOT,
    OF_RUN,
  ),
  sample.tableOf('audit_corrections', [...COUNTER_HOUR, 'value', 'events'], sample.CORRECTIONS, OF_RUN),
  sample.tableOf('audit_drift', COUNTER_HOUR, sample.DRIFT, OF_RUN),
  sample.tableOf('audit_journal_ids', ['event_hour', 'slice', 'identity'], sample.JOURNAL_IDS, OF_RUN),
];

/** What UNLOAD would write becomes a table. */
const stage = (): string => {
  const query = /^unload \(\n(.*)\n\)\nto /s.exec(auditQueryText('stage', run))?.[1] ?? '';
  return `create table audit_staged as select *, '${DAY}' as dt, '3' as run, '1' as attempt from (${query}) as staged`;
};

const AUDIT = ['lines', 'reconcile', 'receipts', 'ids', 'totals', 'top'] as const;

const PARAMETERS: Readonly<Record<string, (string | number)[]>> = {
  conflicts: [DAY, DAY],
  'top-subjects': [DAY, DAY, 'used', 2],
};

const VIEWS: readonly NamedQuery[] = SQL_VIEW_NAMES.map((view) => [
  view,
  viewQuery(readSql(sqlFileOf(view))),
]);

/** Views leave out lines that one engine reads further into than the other. */
const viewQuestion = (view: SqlViewName): string =>
  overQueries(`select * from ${view}${view === 'archive_lines' ? ' where is_event' : ''}`, VIEWS);

/** By name: every question, as it is asked. */
const questions = new Map<string, string>([
  // Of a line that can't be read, one engine finds more attributes than the other; nothing asks for them.
  ['staged', 'select * from audit_staged where is_event or is_control'],
  ...SQL_VIEW_NAMES.map((view) => [view, viewQuestion(view)] as const),
  ...AUDIT.map((query) => [query, auditQueryText(query, run)] as const),
  ...readdirSync(join(SQL, 'analysts')).map((file) => {
    const name = file.replace('.sql', '');
    const text = bindLiterals(readSql(`analysts/${name}`), PARAMETERS[name] ?? [DAY]);
    return [name, overQueries(text, VIEWS)] as const;
  }),
]);

/** Their rows are compared in order. */
const ORDERED = new Set(['totals', 'top', 'top-subjects']);

type Answer = { rows: (string | null)[][]; types: string[] } | { error: string };

async function askDuckDb(eventLines: readonly string[]): Promise<Answer[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`create schema "${DATABASE}"; use "${DATABASE}"`);
  await connection.run(readSql('duckdb-macros'));
  for (const statement of tablesOf(eventLines)) await connection.run(statement);
  // As the engine's own reader has it: what is no JSON is null.
  await connection.run('update raw_events set line = null where not json_valid(line)');
  await connection.run('update raw_receipts set line = null where not json_valid(line)');
  await connection.run(stage());
  const answers: Answer[] = [];
  for (const text of questions.values()) {
    const rows = (await connection.runAndReadAll(text)).getRows();
    answers.push({
      rows: rows.map((row) => row.map((field) => (field === null ? null : String(field)))),
      types: [],
    });
  }
  return answers;
}

function askTrino(jars: string, eventLines: readonly string[]): Answer[] {
  const statements = [...tablesOf(eventLines), stage(), ...questions.values()];
  const output = join(jars, 'answers.json');
  const { status, stderr } = spawnSync(
    'java',
    ['-cp', join(jars, '*'), join(HERE, 'TrinoRunner.java'), output],
    { input: JSON.stringify(statements), encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(`the runner failed: ${stderr.slice(-2_000)}`);
  const answers = JSON.parse(readFileSync(output, 'utf8')) as Answer[];
  const failed = answers.flatMap((each, at) =>
    'error' in each ? [`${statements[at]}\n=> ${each.error}`] : [],
  );
  if (failed.length > 0) throw new Error(`Trino refused:\n${failed.join('\n\n')}`);
  return answers.slice(statements.length - questions.size);
}

const sorted = (name: string, answer: Answer | undefined): unknown => {
  const rows = answer !== undefined && 'rows' in answer ? answer.rows.map((row) => JSON.stringify(row)) : [];
  return ORDERED.has(name) ? rows : rows.sort();
};

function skip(reason: string): void {
  console.warn(`SKIPPED: no text ran in Trino, nothing was tested: ${reason}.`);
}

const isAtHand = (command: string, argument: string): boolean =>
  spawnSync(command, [argument], { stdio: 'ignore' }).status === 0;

async function main(): Promise<void> {
  if (!isAtHand('javac', '-version') || !isAtHand('mvn', '-version'))
    return skip('Java 17 and Maven are not here');
  const jars = mkdtempSync(join(tmpdir(), 'tally-trino-'));
  try {
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
    const maven = spawnSync('mvn', ['-q', '-B', '-f', join(HERE, 'pom.xml'), ...copy], { stdio: 'inherit' });
    if (maven.status !== 0) return skip('Maven could not fetch it');
    await compare(jars);
  } finally {
    rmSync(jars, { recursive: true, force: true });
  }
}

async function compare(jars: string): Promise<void> {
  const duckDb = await askDuckDb(sample.EVENT_LINES);
  const trino = askTrino(jars, sample.EVENT_LINES);
  [...questions.keys()].forEach((name, at) => {
    assert.deepEqual(sorted(name, trino[at]), sorted(name, duckDb[at]), `${name}: Trino against DuckDB`);
    if (name in SQL_VIEWS) checkTypes(name as SqlViewName, trino[at]);
    console.log(`ok ${name}`);
  });
}

/** Athena refuses a view whose query answers other types than are kept with it. */
function checkTypes(view: SqlViewName, answer: Answer | undefined): void {
  const types = answer !== undefined && 'types' in answer ? answer.types : [];
  const kept = Object.values<string>(SQL_VIEWS[view].columns);
  const answered = types.map((type) => type.replace(/^varchar.*$/, 'string'));
  assert.deepEqual(answered, kept, `${view}: the types of its columns`);
}

await main();
