/** What an audit run asks Athena: the texts of `sql/`, over the tables of the run. */
import type { Fence } from '../../core/audit/ports.js';
import { dayBefore, type HourName } from '../../core/audit/reconciler.js';
import { TOP_SUBJECTS_MAX } from '../../core/audit/seal-day.js';
import {
  bindLiterals,
  overQueries,
  sqlLiteral,
  sqlName,
  viewQuery,
  type NamedQuery,
} from '../../core/sql-text.js';
import { SQL_TABLES, sqlFileOf, type SqlTableName, type SqlViewName } from '../../core/sql-tables.js';
import { readSql } from './sql-files.js';

/** In the order in which a run asks them. */
export const AUDIT_QUERIES = ['stage', 'lines', 'reconcile', 'receipts', 'ids', 'totals', 'top'] as const;
export type AuditQuery = (typeof AUDIT_QUERIES)[number];

export interface AthenaRun {
  readonly fence: Fence;
  readonly database: string;
  /** Where the run's working files lie: `s3://bucket/work/dt=2026-11-20/run=3`, without a slash at the end. */
  readonly workUri: string;
  /**
   * Which try at staging the other queries read. Each try needs a number of its own: `UNLOAD` wants an empty folder, and one
   * that failed leaves files behind.
   *
   * @default 1
   */
  readonly stageAttempt?: number;
  /** For `ids`: the hours whose ids are compared. */
  readonly suspectHours?: readonly HourName[];
  /** For `top`: how many subjects of each type. @default TOP_SUBJECTS_MAX */
  readonly topLimit?: number;
}

type Parameter = string | number;
type TablesOf = (run: AthenaRun) => NamedQuery[];

interface Shape {
  /** The tables that the text names. */
  readonly tables: TablesOf;
  readonly parameters?: (run: AthenaRun) => Parameter[];
}

const SHAPES: Readonly<Record<AuditQuery, Shape>> = {
  stage: {
    tables: (run) => [view(run, 'archive_lines', 'raw_events')],
    parameters: ({ fence: { day } }) => [dayBefore(day), day, day],
  },
  lines: { tables: (run) => [staged(run)] },
  reconcile: { tables: (run) => [staged(run), snapshot(run)] },
  receipts: {
    tables: (run) => [staged(run), view(run, 'receipt_lines', 'raw_receipts')],
    parameters: ({ fence: { day } }) => [dayBefore(day), day, dayBefore(day)],
  },
  ids: { tables: (run) => [staged(run), journalIds(run), drift(run), suspectHours(run)] },
  totals: { tables: (run) => [snapshot(run), corrections(run)] },
  top: {
    tables: (run) => [snapshot(run), corrections(run)],
    parameters: ({ topLimit = TOP_SUBJECTS_MAX }) => [topLimit],
  },
};

/** Stands in each text, so that a query is recognised in Athena's history. */
export const queryMark = (query: AuditQuery): string => `/* sql/${query}.sql */`;

/**
 * The text of one query of a run. Every value is a literal in it: `UNLOAD` takes no execution parameters.
 *
 * The views are written out, so that a run depends on no view that somebody may have changed.
 *
 * @throws {RangeError} the run's own values can't be: a bug in the caller.
 */
export function auditQueryText(query: AuditQuery, run: AthenaRun): string {
  const { tables, parameters } = SHAPES[query];
  const text = overQueries(bindLiterals(readSql(query), parameters?.(run) ?? []), tables(run));
  const marked = text.replace(/^with /, `with ${queryMark(query)} `);
  return query === 'stage' ? unload(marked, run) : marked;
}

/** Snappy: what is read a few times and kept for days should rather be fast than small. */
const unload = (text: string, run: AthenaRun): string =>
  `unload (\n${text}\n)\nto ${sqlLiteral(stagedUri(run))}\nwith (format = 'PARQUET', compression = 'SNAPPY')`;

/** Where the run's staged lines go; as the table `audit_staged` has it. */
const stagedUri = (run: AthenaRun): string => `${run.workUri}/staged/attempt=${attemptOf(run)}/`;

const attemptOf = ({ stageAttempt = 1 }: AthenaRun): string => sqlLiteral(stageAttempt);

const tableName = ({ database }: AthenaRun, table: SqlTableName): string =>
  `${sqlName(database)}.${sqlName(table)}`;

const view = (run: AthenaRun, name: SqlViewName, table: SqlTableName): NamedQuery => {
  const query = viewQuery(readSql(sqlFileOf(name)));
  return [name, query.replace(new RegExp(`\\bfrom ${table}\\b`), `from ${tableName(run, table)}`)];
};

/** A table of the run alone: its partitions are all named. */
function ofRun(run: AthenaRun, table: SqlTableName, columns: readonly string[]): string {
  const { day, runNumber } = run.fence;
  const values: Record<string, string> = {
    dt: day,
    run: sqlLiteral(runNumber),
    attempt: attemptOf(run),
  };
  const conditions = Object.keys(SQL_TABLES[table].partitions).map(
    (name) => `${name} = ${sqlLiteral(values[name] ?? '')}`,
  );
  return `select ${columns.join(', ')} from ${tableName(run, table)} where ${conditions.join(' and ')}`;
}

const staged = (run: AthenaRun): NamedQuery => [
  'staged',
  ofRun(run, 'audit_staged', Object.keys(SQL_TABLES.audit_staged.columns)),
];

/** A number that is missing is no number either: both fail the query. */
const number = (name: string): string => `cast(coalesce(${name}, '') as bigint) as ${name}`;

const snapshot = (run: AthenaRun): NamedQuery => [
  'snapshot',
  ofRun(run, 'audit_snapshot', [
    'counter',
    'event_hour',
    ...['journaled_value', 'journaled_events', 'counted_value', 'counted_events'].map(number),
  ]),
];

const corrections = (run: AthenaRun): NamedQuery => [
  'corrections',
  ofRun(run, 'audit_corrections', ['counter', 'event_hour', ...['value', 'events'].map(number)]),
];

const journalIds = (run: AthenaRun): NamedQuery => [
  'journal_ids',
  ofRun(run, 'audit_journal_ids', ['event_hour', 'slice', 'identity']),
];

const drift = (run: AthenaRun): NamedQuery => ['drift', ofRun(run, 'audit_drift', ['counter', 'event_hour'])];

function suspectHours({ suspectHours: hours = [] }: AthenaRun): NamedQuery {
  if (hours.length === 0) throw new RangeError('the ids of no hour at all were asked for');
  const rows = hours.map((hour) => `(${sqlLiteral(hour)})`);
  return ['suspect_hours', `select event_hour from (values ${rows.join(', ')}) as hours (event_hour)`];
}
