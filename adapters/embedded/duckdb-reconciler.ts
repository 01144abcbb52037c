import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TallyError } from '../../core/errors.js';
import type { Fence } from '../../core/audit/ports.js';
import {
  dayBefore,
  runFile,
  runFolder,
  type ChunkHour,
  type ComparedMinute,
  type CounterHourTotal,
  type HourName,
  type IdComparison,
  type LineTotals,
  type RankedSubject,
  type ReceiptCheck,
  type Reconciler,
  type Reconciliation,
  type RunFile,
  type ReconciledHour,
  type SqlEngine,
} from '../../core/audit/reconciler.js';
import { DuckDb, quoted, type Row } from './duckdb.js';
import { damagedArchiveFile } from './damaged-archive-file.js';
import { readSql } from './sql-files.js';

export interface DuckDbSqlOptions {
  readonly dataDirectory: string;
  readonly auditDirectory: string;
  /** @default 512 */
  readonly memoryMegabytes?: number;
  /** @default 2 */
  readonly threads?: number;
}

const MEMORY_MEGABYTES = 512;
const THREADS = 2;

export class DuckDbSql implements SqlEngine {
  public constructor(private readonly options: DuckDbSqlOptions) {}

  public async openRun(fence: Fence): Promise<Reconciler> {
    const { dataDirectory, auditDirectory } = this.options;
    const folder = join(auditDirectory, runFolder(fence));
    mkdirSync(folder, { recursive: true });
    const database = join(folder, `work-${process.pid}.duckdb`);
    removeDatabase(database);
    const db = await DuckDb.open({
      dataDirectory,
      database,
      memoryMegabytes: this.options.memoryMegabytes ?? MEMORY_MEGABYTES,
      threads: this.options.threads ?? THREADS,
      firstDt: dayBefore(fence.day),
    });
    return new DuckDbReconciler(db, { fence, auditDirectory, dataDirectory, database });
  }
}

interface RunPlace {
  readonly fence: Fence;
  readonly auditDirectory: string;
  readonly dataDirectory: string;
  readonly database: string;
}

class DuckDbReconciler implements Reconciler {
  public constructor(
    private readonly db: DuckDb,
    private readonly place: RunPlace,
  ) {}

  public async stage(): Promise<LineTotals> {
    const { day } = this.place.fence;
    try {
      // Not a table: DuckDB packs tables three times as slowly, and Athena stages to Parquet too.
      await this.db.run(`copy (${await readSql('stage')}) to ${quoted(this.stagedFile)} (format parquet)`, [
        dayBefore(day),
        day,
        day,
      ]);
      await this.db.run(
        `create or replace view staged as select * from read_parquet(${quoted(this.stagedFile)})`,
      );
    } catch (error) {
      throw await damagedArchiveFile(this.place.dataDirectory, dayBefore(day), error);
    }
    const rows = await this.all('lines');
    const totals = rows.find((row) => integer(row, 'stripe') === -1);
    if (totals === undefined) throw noTotals('lines');
    return {
      lineCount: integer(totals, 'line_count'),
      eventLineCount: integer(totals, 'event_line_count'),
      badLineCount: integer(totals, 'bad_line_count'),
      markedStripes: rows.map((row) => integer(row, 'stripe')).filter((stripe) => stripe >= 0),
    };
  }

  public async reconcile(): Promise<Reconciliation> {
    await this.load('snapshot', 'snapshot', SNAPSHOT_COLUMNS);
    const { totals, others } = splitTotals('reconcile', await this.all('reconcile'));
    return {
      totals: { ...reconciledHour(totals), counterHourCount: integer(totals, 'counter_hour_count') },
      drift: others.map(reconciledHour),
    };
  }

  public async checkReceipts(): Promise<ReceiptCheck> {
    const { day } = this.place.fence;
    const { totals, others } = splitTotals(
      'receipts',
      await this.all('receipts', [dayBefore(day), day, dayBefore(day)]),
    );
    return {
      totals: {
        receipted: sum(totals, 'receipted'),
        archived: sum(totals, 'archived'),
        unwitnessedChunkCount: integer(totals, 'unwitnessed_chunk_count'),
        failedReceiptCount: integer(totals, 'failed_receipt_count'),
      },
      incomplete: others.map((row): ChunkHour => ({
        chunkId: text(row, 'chunk'),
        hour: text(row, 'event_hour'),
        receipted: sum(row, 'receipted'),
        archived: sum(row, 'archived'),
      })),
    };
  }

  public async compareIds(hours: readonly HourName[]): Promise<IdComparison> {
    await this.load('journal_ids', 'journalIds', {
      event_hour: 'varchar',
      slice: 'varchar',
      identity: 'varchar',
    });
    await this.load('drift', 'drift', { counter: 'varchar', event_hour: 'varchar' });
    const compared: IdComparison[] = [];
    // One at a time: ids take memory, and a day may be suspect in all its hours.
    for (const hour of hours) compared.push(await this.compareHour(hour));
    return {
      hours: compared.flatMap((each) => each.hours),
      minutes: compared.flatMap((each) => each.minutes),
    };
  }

  private async compareHour(hour: HourName): Promise<IdComparison> {
    await this.db.run('create or replace table suspect_hours (event_hour varchar)');
    await this.db.run('insert into suspect_hours values (?)', [hour]);
    const rows = await this.all('ids');
    const totals = rows.find((row) => row['kind'] === 'totals');
    if (totals === undefined) throw noTotals('ids');
    const [missingCount, extraCount] = [integer(totals, 'missing_events'), integer(totals, 'extra_count')];
    return {
      hours: [{ hour, missingCount, extraCount }],
      minutes: rows.filter((row) => row['kind'] === 'minute').map(comparedMinute),
    };
  }

  public async *totals(): AsyncIterable<CounterHourTotal> {
    await this.load('corrections', 'corrections', CORRECTION_COLUMNS);
    let expected: { value: number; events: number } | null = null;
    for await (const row of this.db.rows(await readSql('totals'))) {
      if (integer(row, 'is_totals') !== 0) expected = sum(row, '');
      else {
        const total = { counter: text(row, 'counter'), hour: text(row, 'event_hour'), sum: sum(row, '') };
        if (expected === null) throw noTotals('totals');
        expected = { value: expected.value - total.sum.value, events: expected.events - total.sum.events };
        yield total;
      }
    }
    if (expected === null) throw noTotals('totals');
    if (expected.value !== 0 || expected.events !== 0) {
      throw new TallyError(
        'audit_failed',
        `sql/totals.sql: rows are missing, ${JSON.stringify(expected)} is not accounted for`,
      );
    }
  }

  public async *topSubjects(limit: number): AsyncIterable<RankedSubject> {
    let hasTotals = false;
    for await (const row of this.db.rows(await readSql('top'), [limit])) {
      if (integer(row, 'place') === 0) hasTotals = true;
      else yield { type: text(row, 'type'), subject: text(row, 'subject'), sum: sum(row, '') };
    }
    if (!hasTotals) throw noTotals('top');
  }

  public async close(): Promise<void> {
    this.db.close();
    removeDatabase(this.place.database);
  }

  private get stagedFile(): string {
    return `${this.place.database}${STAGED}`;
  }

  /** A tab-separated file of the run as a table. Every row must fit its columns: a torn one is an error. */
  private async load(table: string, file: RunFile, columns: Readonly<Record<string, string>>): Promise<void> {
    const path = join(this.place.auditDirectory, runFile(this.place.fence, file));
    const types = Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
    await this.db.run(
      `create or replace table ${table} as select * from read_csv(${quoted(path)}, columns = {${types.join(', ')}}, ` +
        `auto_detect = false, header = false, delim = '\\t', quote = '', escape = '', compression = 'gzip')`,
    );
  }

  private async all(name: string, values: (string | number)[] = []): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.db.rows(await readSql(name), values)) rows.push(row);
    return rows;
  }
}

const SNAPSHOT_COLUMNS = {
  counter: 'varchar',
  event_hour: 'varchar',
  journaled_value: 'bigint',
  journaled_events: 'bigint',
  counted_value: 'bigint',
  counted_events: 'bigint',
};

const CORRECTION_COLUMNS = { counter: 'varchar', event_hour: 'varchar', value: 'bigint', events: 'bigint' };

const noTotals = (name: string): TallyError =>
  new TallyError(
    'audit_failed',
    `sql/${name}.sql answered without its totals row: an empty result is no truth`,
  );

function splitTotals(name: string, rows: readonly Row[]): { totals: Row; others: Row[] } {
  const totals = rows.find((row) => integer(row, 'is_totals') !== 0);
  if (totals === undefined) throw noTotals(name);
  return { totals, others: rows.filter((row) => row !== totals) };
}

/** A bigint as a number, or an error: a rounded sum is a wrong one. */
function integer(row: Row, name: string): number {
  const value = row[name];
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new TallyError('audit_failed', `column ${name} is ${String(value)}, expected an integer up to 2^53`);
}

const text = (row: Row, name: string): string => {
  const value = row[name];
  if (typeof value === 'string') return value;
  throw new TallyError('audit_failed', `column ${name} is ${String(value)}, expected a text`);
};

const sum = (row: Row, prefix: string): { value: number; events: number } => ({
  value: integer(row, prefix === '' ? 'value' : `${prefix}_value`),
  events: integer(row, prefix === '' ? 'events' : `${prefix}_events`),
});

const reconciledHour = (row: Row): ReconciledHour => ({
  counter: String(row['counter'] ?? ''),
  hour: String(row['event_hour'] ?? ''),
  archived: sum(row, 'archived'),
  archivedValueMin: integer(row, 'archived_value_min'),
  archivedValueMax: integer(row, 'archived_value_max'),
  journaled: sum(row, 'journaled'),
  counted: sum(row, 'counted'),
});

const comparedMinute = (row: Row): ComparedMinute => ({
  counter: text(row, 'counter'),
  minute: text(row, 'event_minute'),
  archived: sum(row, 'archived'),
  archivedValueMin: integer(row, 'archived_value_min'),
  archivedValueMax: integer(row, 'archived_value_max'),
  missing: sum(row, 'missing'),
});

const STAGED = '.staged.parquet';

function removeDatabase(path: string): void {
  for (const suffix of ['', '.wal', '.tmp', STAGED])
    rmSync(`${path}${suffix}`, { recursive: true, force: true });
}
