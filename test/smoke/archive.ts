/** Whether Athena reads the archive: gzip files of many members, whole. Through a table of its own, which it drops again. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { archiveFolder } from '../../core/archive-folder.js';

/** Firehose buffers for five minutes. */
const ARCHIVED_WITHIN_MS = 15 * 60_000;
const ASK_EVERY_MS = 30_000;
const POLL_EVERY_MS = 1_000;

export interface ArchiveCheck {
  readonly workGroup: string;
  readonly database: string;
  readonly bucket: string;
  readonly type: string;
  /** Distinct events that must come out. */
  readonly eventCount: number;
  readonly startedAtMs: number;
}

/** @throws {assert.AssertionError} after 15 minutes some events are missing, or none of the files holds several chunks. */
export async function checkArchive(check: ArchiveCheck): Promise<void> {
  const client = new AthenaClient();
  const ask = (sql: string): Promise<string[][]> => query(client, check, sql);
  const table = check.type.replaceAll(/\W/g, '_');
  await ask(
    `create external table ${table} (line string) partitioned by (hour string)
     row format delimited fields terminated by '\\001' location 's3://${check.bucket}/events/'`,
  );
  try {
    await addHours(check, table, ask);
    await waitUntilArchived(check, table, ask);
  } finally {
    await ask(`drop table if exists ${table}`);
  }
}

/** The hour of the start and the next one: the events lie in one of them. */
async function addHours(
  { bucket, startedAtMs }: ArchiveCheck,
  table: string,
  ask: (sql: string) => Promise<unknown>,
): Promise<void> {
  for (const [index, atMs] of [startedAtMs, startedAtMs + 3_600_000].entries()) {
    const location = `s3://${bucket}/${archiveFolder(atMs)}`;
    await ask(`alter table ${table} add if not exists partition (hour = '${index}') location '${location}'`);
  }
}

async function waitUntilArchived(
  { type, eventCount }: ArchiveCheck,
  table: string,
  ask: (sql: string) => Promise<string[][]>,
): Promise<void> {
  const giveUpAtMs = performance.now() + ARCHIVED_WITHIN_MS;
  const attribute = (name: string): string => `json_extract_scalar(line, '$.${name}')`;
  const sql = `select coalesce(sum(ids), 0), coalesce(max(chunks), 0) from (
    select count(distinct ${attribute('id')}) as ids, count(distinct ${attribute('chunk')}) as chunks
    from ${table} where ${attribute('type')} = '${type}' group by "$path")`;
  for (;;) {
    const [[ids = '', chunks = ''] = []] = await ask(sql);
    // A duplicate may lie in another file than its original, and count in both.
    if (Number(ids) >= eventCount) {
      assert.ok(Number(chunks) > 1, 'no file holds several chunks: this run proves nothing of members');
      return;
    }
    assert.ok(performance.now() < giveUpAtMs, `the archive has ${ids} of ${eventCount} events`);
    await sleep(ASK_EVERY_MS);
  }
}

/** The rows of an answer, without their heading. */
async function query(
  client: AthenaClient,
  { workGroup, database }: ArchiveCheck,
  sql: string,
): Promise<string[][]> {
  const start = new StartQueryExecutionCommand({
    QueryString: sql,
    WorkGroup: workGroup,
    QueryExecutionContext: { Database: database },
  });
  const { QueryExecutionId } = await client.send(start);
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') break;
    assert.ok(State === 'QUEUED' || State === 'RUNNING', `Athena: ${State}: ${StateChangeReason}: ${sql}`);
    await sleep(POLL_EVERY_MS);
  }
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  const rows = (ResultSet?.Rows ?? []).map(({ Data = [] }) =>
    Data.map(({ VarCharValue: text = '' }) => text),
  );
  return rows.slice(1);
}
