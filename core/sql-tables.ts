/**
 * The tables that SQL sees on AWS, the one place that names them: the construct puts them into Glue, the adapter asks them,
 * the tests map them to files.
 */

export type ColumnType = 'string' | 'bigint' | 'boolean';

/**
 * How the values of a partition are known. `day`: every day up to tomorrow. `hour`: `00` to `23`. `given`: each query names it,
 * so there is no range that a value could lie outside of, and be read as nothing.
 */
export type PartitionKind = 'day' | 'hour' | 'given';

export interface SqlTable {
  readonly bucket: 'archive' | 'queryResults';
  /** lines: whole lines of text. tsv: columns between tabs. Both of them gzip or not, as the name says. */
  readonly format: 'lines' | 'tsv' | 'parquet';
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly partitions: Readonly<Record<string, PartitionKind>>;
  /** Where a partition's files lie in the bucket, with `${name}` for each partition's value. */
  readonly folder: string;
  readonly description: string;
}

/** One column: a reader of JSON that meets a bad line is not to be trusted with the others. */
const LINE = { line: 'string' } as const;
const BY_ARRIVAL = { dt: 'day', hour: 'hour' } as const;
const OF_RUN = { dt: 'given', run: 'given' } as const;

const archived = (folder: string, description: string): SqlTable => ({
  bucket: 'archive',
  format: 'lines',
  columns: LINE,
  partitions: BY_ARRIVAL,
  folder: `${folder}/dt=\${dt}/hour=\${hour}/`,
  description,
});

const ofRun = (
  table: string,
  given: Pick<SqlTable, 'format' | 'columns' | 'description'> & { attempt?: true },
): SqlTable => ({
  bucket: 'queryResults',
  format: given.format,
  columns: given.columns,
  partitions: given.attempt ? { ...OF_RUN, attempt: 'given' } : OF_RUN,
  folder: `work/dt=\${dt}/run=\${run}/${table}/${given.attempt ? 'attempt=${attempt}/' : ''}`,
  description: given.description,
});

/** Numbers of tab-separated files are texts here, and cast by the query: what is no number must fail, not become null. */
const COUNTER_HOUR = { counter: 'string', event_hour: 'string' } as const;

export const SQL_TABLES = {
  raw_events: archived('events', 'Every line that ingest stored, by day and hour of arrival.'),
  raw_receipts: archived('receipts', 'What ingest says it stored, by chunk and hour of event time.'),
  raw_rejected: archived('rejected', 'What counting could not count, with its reason.'),
  raw_acts: {
    bucket: 'archive',
    format: 'lines',
    columns: LINE,
    partitions: {},
    folder: 'audit/acts/',
    description: 'The chain of acts: a line per sealed day.',
  },
  audit_staged: ofRun('staged', {
    format: 'parquet',
    columns: {
      is_event: 'boolean',
      is_control: 'boolean',
      id: 'string',
      source: 'string',
      type: 'string',
      subject: 'string',
      partitionkey: 'string',
      value: 'bigint',
      receivedat: 'string',
      chunk: 'string',
      position: 'bigint',
      event_hour: 'string',
      event_minute: 'string',
      slice: 'string',
    },
    attempt: true,
    description: "What an audit run needs of the archive: sql/stage.sql's answer.",
  }),
  audit_snapshot: ofRun('snapshot', {
    format: 'tsv',
    columns: {
      ...COUNTER_HOUR,
      journaled_value: 'string',
      journaled_events: 'string',
      counted_value: 'string',
      counted_events: 'string',
    },
    description: 'What journals and counter shards say, row by row.',
  }),
  audit_journal_ids: ofRun('journal_ids', {
    format: 'tsv',
    columns: { event_hour: 'string', slice: 'string', identity: 'string' },
    description: "The ids of the suspect hours' journals.",
  }),
  audit_drift: ofRun('drift', {
    format: 'tsv',
    columns: COUNTER_HOUR,
    description: 'Counters and hours that the witnesses do not agree on.',
  }),
  audit_corrections: ofRun('corrections', {
    format: 'tsv',
    columns: { ...COUNTER_HOUR, value: 'string', events: 'string' },
    description: 'What to add to what the journals say.',
  }),
} as const satisfies Readonly<Record<string, SqlTable>>;

export type SqlTableName = keyof typeof SQL_TABLES;

export interface SqlView {
  /** What its query answers, in order. An engine that keeps views keeps these with them. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly description: string;
}

const texts = (names: readonly string[]): Record<string, 'string'> =>
  Object.fromEntries(names.map((name) => [name, 'string']));

const ATTRIBUTES = {
  id: 'string',
  source: 'string',
  type: 'string',
  subject: 'string',
  partitionkey: 'string',
  time: 'string',
  value: 'bigint',
  receivedat: 'string',
  chunk: 'string',
  position: 'bigint',
} as const;
const TIMES = texts(['event_day', 'event_hour', 'event_minute', 'slice']);

/** Views over the tables, in the order in which they need each other: each is the file of its name, with `-` for `_`. */
export const SQL_VIEWS = {
  archive_lines: {
    columns: {
      dt: 'string',
      line: 'string',
      ...ATTRIBUTES,
      ...TIMES,
      is_event: 'boolean',
      is_control: 'boolean',
    },
    description: 'Every line of the archive, with its fixed attributes.',
  },
  events: {
    columns: { dt: 'string', ...ATTRIBUTES, ...TIMES, line: 'string' },
    description: 'Every event, once per delivery. Filter by dt, the day of arrival: it is the partition.',
  },
  receipt_lines: {
    columns: {
      ...texts(['dt', 'chunk', 'event_hour']),
      events: 'bigint',
      value: 'bigint',
      failed: 'bigint',
    },
    description: 'What ingest says it stored, by chunk and hour.',
  },
  rejected_lines: {
    columns: {
      ...texts(['dt', 'reason', 'message']),
      rejected_at_ms: 'bigint',
      rejected_line: 'string',
    },
    description: 'What counting could not count, with its reason.',
  },
  acts: {
    columns: {
      sequence: 'bigint',
      ...texts(['kind', 'event_day']),
      run_number: 'bigint',
      acted_at: 'string',
      value: 'bigint',
      events: 'bigint',
      adjusted_counter_hours: 'bigint',
      is_archive_incomplete: 'boolean',
      trust: 'string',
      counter_corrupt: 'bigint',
      never_counted: 'bigint',
      archive_lost: 'bigint',
      over_count: 'bigint',
      conflict: 'bigint',
      increments_corrupt: 'bigint',
    },
    description: 'The chain of acts: what was sealed, and what the audit found that day.',
  },
} as const satisfies Readonly<Record<string, SqlView>>;

export type SqlViewName = keyof typeof SQL_VIEWS;

export const SQL_VIEW_NAMES = Object.keys(SQL_VIEWS) as SqlViewName[];

export const sqlFileOf = (view: SqlViewName): string => view.replaceAll('_', '-');

/** Where one partition's files lie: `work/dt=2026-11-20/run=3/snapshot/`. @throws {RangeError} a partition without a value. */
export function sqlFolder(table: SqlTableName, values: Readonly<Record<string, string>> = {}): string {
  return SQL_TABLES[table].folder.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`table ${table} needs a value for ${name}`);
    return value;
  });
}
