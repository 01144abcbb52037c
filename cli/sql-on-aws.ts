import type { AthenaClient, QueryExecution } from '@aws-sdk/client-athena';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { formatCount } from './table.js';

export interface AthenaPlace {
  readonly workGroup: string;
  readonly database: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Ask a stack's archive, by Athena. Account, region and credentials are those of the AWS command line.
 *
 * @throws {CommandError} `query_failed`, or `query_cancelled` when the person has had enough: then it is stopped in Athena too.
 */
export async function* askAthena(sql: string, place: AthenaPlace, io: Io): AsyncIterable<Row> {
  // Loaded only here: the SDK would double the time that every other command takes to start.
  const { makeAthenaClient } = await import('../adapters/aws/athena-client.js');
  const { answerRows } = await import('../adapters/aws/athena-rows.js');
  const athena = makeAthenaClient();
  let isInterrupted = false;
  const interrupted = io.interrupted().then(() => void (isInterrupted = true));
  try {
    const execution = await runToEnd(athena, { sql, ...place }, io, interrupted);
    for await (const row of answerRows(athena, execution)) {
      if (isInterrupted) throw cancelled();
      yield row;
    }
  } catch (error) {
    throw error instanceof CommandError ? error : failed(place, error);
  } finally {
    athena.destroy();
  }
}

async function runToEnd(
  athena: AthenaClient,
  query: AthenaPlace & { sql: string },
  io: Io,
  interrupted: Promise<void>,
): Promise<QueryExecution> {
  const { awaitEnd, failureOf, startQuery, stopQuery } = await import('../adapters/aws/athena-executions.js');
  const id = await startQuery(athena, query);
  const ended = awaitEnd(athena, id, (ms) => io.sleep(ms));
  const execution = await Promise.race([ended, interrupted]);
  if (execution === undefined) {
    await stopQuery(athena, id);
    await ended;
    throw cancelled();
  }
  const failure = failureOf(execution);
  if (failure !== null) throw new CommandError('query_failed', failure);
  const readBytes = execution.Statistics?.DataScannedInBytes ?? 0;
  io.stderr.write(`Athena read ${formatCount(readBytes)} bytes\n`);
  return execution;
}

const cancelled = (): CommandError => new CommandError('query_cancelled', 'stopped, as you asked');

function failed({ workGroup, database }: AthenaPlace, error: unknown): CommandError {
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandError(
    'query_failed',
    `workgroup ${workGroup}, database ${database}: ${reason}. The stack's output AskSql has both names; say its region and ` +
      'credentials by AWS_REGION and AWS_PROFILE',
  );
}
