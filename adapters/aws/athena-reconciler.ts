import type { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type {
  CounterHourTotal,
  HourName,
  IdComparison,
  LineTotals,
  RankedSubject,
  ReceiptCheck,
  Reconciler,
  Reconciliation,
} from '../../core/audit/reconciler.js';
import {
  counterHourTotalsOf,
  idComparisonOf,
  lineTotalsOf,
  rankedSubjectsOf,
  receiptCheckOf,
  reconciliationOf,
  type ResultRow,
} from '../../core/audit/result-rows.js';
import { TallyError } from '../../core/errors.js';
import { readCsv } from './athena-csv.js';
import { failureOf, findExecution } from './athena-executions.js';
import { queryMark, type AuditQuery } from './athena-queries.js';

export interface AthenaReconcilerOptions {
  readonly athena: AthenaClient;
  readonly s3: S3Client;
  /** Of each query that has been run: its `QueryExecutionId`. */
  readonly executions: Readonly<Partial<Record<AuditQuery, string>>>;
}

/**
 * The answers of queries that Athena has already run, from the files that it left in S3.
 *
 * Always the files, also where the API would give out the rows: one way to read is enough, and a result of any size streams.
 *
 * @throws {TallyError} `audit_failed`, from each method: the query did not run, did not succeed, is another one, or its result is
 * not whole.
 */
export class AthenaReconciler implements Reconciler {
  public constructor(private readonly options: AthenaReconcilerOptions) {}

  public async stage(): Promise<LineTotals> {
    await this.resultUri('stage');
    return lineTotalsOf(await this.all('lines'));
  }

  public async reconcile(): Promise<Reconciliation> {
    return reconciliationOf(await this.all('reconcile'));
  }

  public async checkReceipts(): Promise<ReceiptCheck> {
    return receiptCheckOf(await this.all('receipts'));
  }

  public async compareIds(hours: readonly HourName[]): Promise<IdComparison> {
    return idComparisonOf(await this.all('ids'), hours);
  }

  public totals(): AsyncIterable<CounterHourTotal> {
    return counterHourTotalsOf(this.rows('totals'));
  }

  /** As many as the query was asked for. */
  public topSubjects(): AsyncIterable<RankedSubject> {
    return rankedSubjectsOf(this.rows('top'));
  }

  /** Nothing is held. */
  public async close(): Promise<void> {}

  private async all(query: AuditQuery): Promise<ResultRow[]> {
    const rows: ResultRow[] = [];
    for await (const row of this.rows(query)) rows.push(row);
    return rows;
  }

  private async *rows(query: AuditQuery): AsyncIterable<ResultRow> {
    let names: readonly string[] | null = null;
    for await (const fields of readCsv(this.bytes(query, await this.resultUri(query)))) {
      if (names === null) names = fields.map(String);
      else if (fields.length === names.length)
        yield Object.fromEntries(names.map((name, at) => [name, fields[at] ?? null]));
      else throw failed(query, `a row has ${fields.length} fields for ${names.length} columns`);
    }
  }

  /** Where the result of a query that succeeded lies. */
  private async resultUri(query: AuditQuery): Promise<string> {
    const id = this.options.executions[query];
    if (id === undefined) throw failed(query, 'it was never run');
    const execution = await findExecution(this.options.athena, id);
    const failure = failureOf(execution);
    if (failure !== null) throw failed(query, failure);
    if (!execution.Query?.includes(queryMark(query)))
      throw failed(query, `execution ${id} is of another query`);
    return execution.ResultConfiguration?.OutputLocation ?? '';
  }

  /** A connection that breaks before the last byte is an error of the stream's. */
  private async *bytes(query: AuditQuery, uri: string): AsyncIterable<Uint8Array> {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    try {
      const { Body } = await this.options.s3.send(new GetObjectCommand({ Bucket, Key }));
      yield* Body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw failed(query, `${uri} can't be read: ${String(cause)}`, { cause });
    }
  }
}

const failed = (query: AuditQuery, reason: string, options?: ErrorOptions): TallyError =>
  new TallyError('audit_failed', `sql/${query}.sql: ${reason}`, options);
