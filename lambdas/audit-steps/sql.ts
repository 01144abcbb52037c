import type { AuditQuery } from '../../adapters/aws/athena-queries.js';
import type { HourName, Reconciler } from '../../core/audit/reconciler.js';
import type { AuditRun } from '../../core/audit/run.js';

/** Queries that have run, as the state machine notes them. */
export type Executions = Readonly<Partial<Record<AuditQuery, { readonly id: string }>>>;

export interface QueryOf {
  readonly run: AuditRun;
  /** Which try at staging the query is about: each has a folder of its own. */
  readonly stageAttempt: number;
  readonly suspectHours?: readonly HourName[];
}

/** SQL as the state machine uses it: a step gives a query's text, the state machine runs it, another step reads the answer. */
export interface AuditSql {
  textOf(query: AuditQuery, about: QueryOf): string;
  read(executions: Executions): Reconciler;
}
