/** Queries in Athena: start one, wait for its end, stop it. */
import {
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type AthenaClient,
  type QueryExecution,
} from '@aws-sdk/client-athena';

export interface AthenaQuery {
  readonly sql: string;
  readonly database: string;
  readonly workGroup: string;
  /** 32 to 128 characters. Starting again with the same token is the same execution. @default the SDK's own, new each time */
  readonly token?: string;
}

/** Answers the execution's id. */
export async function startQuery(
  athena: AthenaClient,
  { sql, database, workGroup, token }: AthenaQuery,
): Promise<string> {
  const { QueryExecutionId: id } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      QueryExecutionContext: { Database: database },
      WorkGroup: workGroup,
      ...(token !== undefined && { ClientRequestToken: token }),
    }),
  );
  if (id === undefined) throw new Error('Athena started a query and gave no id');
  return id;
}

export async function findExecution(athena: AthenaClient, id: string): Promise<QueryExecution> {
  const { QueryExecution: execution } = await athena.send(
    new GetQueryExecutionCommand({ QueryExecutionId: id }),
  );
  if (execution === undefined) throw new Error(`Athena knows no execution ${id}`);
  return execution;
}

export async function stopQuery(athena: AthenaClient, id: string): Promise<void> {
  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
}

const POLL_MS_FIRST = 200;
const POLL_MS_MAX = 2_000;

/** Resolves when the query has ended, however it did. */
export async function awaitEnd(
  athena: AthenaClient,
  id: string,
  sleep: (ms: number) => Promise<void>,
): Promise<QueryExecution> {
  for (let pauseMs = POLL_MS_FIRST; ; pauseMs = Math.min(pauseMs * 2, POLL_MS_MAX)) {
    const execution = await findExecution(athena, id);
    const state = execution.Status?.State;
    if (state !== 'QUEUED' && state !== 'RUNNING') return execution;
    await sleep(pauseMs);
  }
}

/** Why an execution has no result, for a person; `null`: it has one. */
export function failureOf({ Status, QueryExecutionId: id }: QueryExecution): string | null {
  if (Status?.State === 'SUCCEEDED') return null;
  const reason = Status?.StateChangeReason ?? Status?.AthenaError?.ErrorMessage;
  return `execution ${id} is ${Status?.State}${reason === undefined ? '' : `: ${reason}`}`;
}
