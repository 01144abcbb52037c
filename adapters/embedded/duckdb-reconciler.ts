import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TallyError } from '../../core/errors.js';
import type { Fence } from '../../core/audit/ports.js';
import {
  dayBefore,
  type CounterHourTotal,
  type HourName,
  type IdComparison,
  type LineTotals,
  type RankedSubject,
  type ReceiptCheck,
  type Reconciler,
  type Reconciliation,
  type SqlEngine,
} from '../../core/audit/reconciler.js';
import {
  counterHourTotalsOf,
  idComparisonOf,
  lineTotalsOf,
  rankedSubjectsOf,
  receiptCheckOf,
  reconciliationOf,
} from '../../core/audit/result-rows.js';
import { runFolder, workFolder, type WorkTable } from '../../core/audit/run.js';
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
      throw await damagedArchiveFile(this.db, this.place.dataDirectory, dayBefore(day), error);
    }
    return lineTotalsOf(await this.all('lines'));
  }

  public async reconcile(): Promise<Reconciliation> {
    await this.load('snapshot', 'snapshot', SNAPSHOT_COLUMNS);
    return reconciliationOf(await this.all('reconcile'));
  }

  public async checkReceipts(): Promise<ReceiptCheck> {
    const { day } = this.place.fence;
    return receiptCheckOf(await this.all('receipts', [dayBefore(day), day, dayBefore(day)]));
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
    return idComparisonOf(await this.all('ids'), [hour]);
  }

  public async *totals(): AsyncIterable<CounterHourTotal> {
    await this.load('corrections', 'corrections', CORRECTION_COLUMNS);
    yield* counterHourTotalsOf(this.ask('totals'));
  }

  public async *topSubjects(limit: number): AsyncIterable<RankedSubject> {
    yield* rankedSubjectsOf(this.ask('top', [limit]));
  }

  public async close(): Promise<void> {
    this.db.close();
    removeDatabase(this.place.database);
  }

  private get stagedFile(): string {
    return `${this.place.database}${STAGED}`;
  }

  /** The tab-separated files of a folder as one table. Every row must fit its columns: a torn one is an error. */
  private async load(
    table: string,
    folder: WorkTable,
    columns: Readonly<Record<string, string>>,
  ): Promise<void> {
    const path = join(this.place.auditDirectory, workFolder(this.place.fence, folder), '*.tsv.gz');
    const types = Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
    await this.db.run(
      `create or replace table ${table} as select * from read_csv(${quoted(path)}, columns = {${types.join(', ')}}, ` +
        `auto_detect = false, header = false, delim = '\\t', quote = '', escape = '', compression = 'gzip')`,
    );
  }

  private async all(name: string, values: (string | number)[] = []): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.ask(name, values)) rows.push(row);
    return rows;
  }

  /** The rows of a text's answer. What DuckDB says against it is an error that names the text. */
  private async *ask(name: string, values: (string | number)[] = []): AsyncIterable<Row> {
    try {
      yield* this.db.rows(await readSql(name), values);
    } catch (error) {
      throw new TallyError('audit_failed', `sql/${name}.sql: ${(error as Error).message}`, { cause: error });
    }
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

const STAGED = '.staged.parquet';

function removeDatabase(path: string): void {
  for (const suffix of ['', '.wal', '.tmp', STAGED])
    rmSync(`${path}${suffix}`, { recursive: true, force: true });
}
