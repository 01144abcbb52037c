import type { AthenaClient } from '@aws-sdk/client-athena';
import type { S3Client } from '@aws-sdk/client-s3';
import { awaitEnd, startQuery } from '../../adapters/aws/athena-executions.js';
import { auditQueryText, type AthenaRun, type AuditQuery } from '../../adapters/aws/athena-queries.js';
import { AthenaReconciler } from '../../adapters/aws/athena-reconciler.js';
import type { HourName, Reconciler } from '../../core/audit/reconciler.js';
import { LOCAL_WORK_GROUP, type LocalAthena } from './local-athena.js';

/** Runs each query when it is asked about, as the state machine does before, and reads its answer by `AthenaReconciler`. */
export class AskedReconciler implements Reconciler {
  readonly #executions: Partial<Record<AuditQuery, string>> = {};

  public constructor(
    private readonly given: {
      athena: LocalAthena;
      s3: S3Client;
      run: AthenaRun;
    },
  ) {}

  public async stage(): ReturnType<Reconciler['stage']> {
    await this.ask('stage');
    return (await this.ask('lines')).stage();
  }

  public async reconcile(): ReturnType<Reconciler['reconcile']> {
    return (await this.ask('reconcile')).reconcile();
  }

  public async checkReceipts(): ReturnType<Reconciler['checkReceipts']> {
    return (await this.ask('receipts')).checkReceipts();
  }

  public async compareIds(hours: readonly HourName[]): ReturnType<Reconciler['compareIds']> {
    return (await this.ask('ids', { suspectHours: hours })).compareIds(hours);
  }

  public async *totals(): ReturnType<Reconciler['totals']> {
    yield* (await this.ask('totals')).totals();
  }

  public async *topSubjects(limit: number): ReturnType<Reconciler['topSubjects']> {
    yield* (await this.ask('top', { topLimit: limit })).topSubjects();
  }

  public async close(): Promise<void> {}

  private async ask(query: AuditQuery, more: Partial<AthenaRun> = {}): Promise<AthenaReconciler> {
    const { athena, s3, run } = this.given;
    const client: AthenaClient = athena.client;
    const id = await startQuery(client, {
      sql: auditQueryText(query, { ...run, ...more }),
      database: run.database,
      workGroup: LOCAL_WORK_GROUP,
    });
    await awaitEnd(client, id, () => athena.idle());
    this.#executions[query] = id;
    return new AthenaReconciler({ athena: client, s3, executions: this.#executions });
  }
}
