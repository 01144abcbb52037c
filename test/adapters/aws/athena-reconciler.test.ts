import { createServer } from 'node:http';
import { awaitEnd, startQuery, stopQuery } from '../../../adapters/aws/athena-executions.js';
import { auditQueryText, queryMark, type AuditQuery } from '../../../adapters/aws/athena-queries.js';
import { AthenaReconciler } from '../../../adapters/aws/athena-reconciler.js';
import { makeS3Client } from '../../../adapters/aws/s3-client.js';
import { collect } from '../../support/collect.js';
import { LOCAL_WORK_GROUP, startAthena, type LocalAthena } from '../../support/local-athena.js';
import { useLocalAws } from '../../support/local-aws-environment.js';
import { startS3, type LocalS3 } from '../../support/local-s3.js';
import { listenLocally } from '../../support/local-server.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const RUN = {
  fence: { day: '2026-11-20', runNumber: 1 },
  database: 'tally_db',
  workUri: 's3://results/work/dt=2026-11-20/run=1',
};

let directory: string;
let s3: LocalS3;
let athena: LocalAthena;
let s3Client: ReturnType<typeof makeS3Client>;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  s3 = await startS3({ directory });
  const buckets = { archive: 'archive', queryResults: 'results' };
  athena = await startAthena({ directory, database: RUN.database, buckets });
  useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
  s3Client = makeS3Client();
});
afterEach(async () => {
  s3Client.destroy();
  await athena.close();
  await s3.close();
  await removeDirectory(directory);
});

const start = (query: AuditQuery, more: { token?: string; sql?: string } = {}): Promise<string> =>
  startQuery(athena.client, {
    sql: auditQueryText(query, { ...RUN, suspectHours: ['2026-11-20T09'] }),
    database: RUN.database,
    workGroup: LOCAL_WORK_GROUP,
    ...more,
  });

async function run(query: AuditQuery, sql?: string): Promise<string> {
  const id = await start(query, sql === undefined ? {} : { sql });
  await awaitEnd(athena.client, id, () => athena.idle());
  return id;
}

const readerOf = (executions: Partial<Record<AuditQuery, string>>): AthenaReconciler =>
  new AthenaReconciler({ athena: athena.client, s3: s3Client, executions });

/** Every question, by the query that answers it. */
const ASK: Readonly<Record<AuditQuery, (reader: AthenaReconciler) => Promise<unknown>>> = {
  stage: (reader) => reader.stage(),
  lines: (reader) => reader.stage(),
  reconcile: (reader) => reader.reconcile(),
  receipts: (reader) => reader.checkReceipts(),
  ids: (reader) => reader.compareIds(['2026-11-20T09']),
  totals: (reader) => collect(reader.totals()),
  top: (reader) => collect(reader.topSubjects()),
};

const QUERIES = Object.keys(ASK) as AuditQuery[];
const ANSWERED = QUERIES.filter((query) => query !== 'stage');

describe.each(QUERIES)('the answer of %s', (query) => {
  const failure = (executions: Partial<Record<AuditQuery, string>>): Promise<unknown> =>
    ASK[query](readerOf(executions)).then(
      () => 'an answer',
      (error: unknown) => error,
    );
  /** Its own execution, and that of the other query which the question needs. */
  const withOther = async (own: string): Promise<Partial<Record<AuditQuery, string>>> =>
    query === 'lines' ? { stage: await run('stage'), lines: own } : { [query]: own };

  it('is no truth where the query failed', async () => {
    athena.setFault(queryMark(query), 'fail');
    expect(await failure(await withOther(await run(query)))).toMatchObject({
      code: 'audit_failed',
      message: expect.stringMatching(`sql/${query}.sql: .* FAILED: .*told to fail`) as string,
    });
  });

  it('is no truth where the query was cancelled, or still runs', async () => {
    athena.setFault(queryMark(query), 'hold');
    const executions = await withOther(await start(query));
    expect(await failure(executions)).toMatchObject({ code: 'audit_failed' });
    await stopQuery(athena.client, executions[query] ?? '');
    expect(await failure(executions)).toMatchObject({
      message: expect.stringContaining('CANCELLED') as string,
    });
  });

  it('is no truth where it was never asked, or another query was', async () => {
    expect(await failure({})).toMatchObject({ code: 'audit_failed' });
    expect(await failure(await withOther(await run(query, 'select 1 as x')))).toMatchObject({
      message: expect.stringContaining('another query') as string,
    });
  });
});

describe.each(ANSWERED)('the answer of %s', (query) => {
  it('is no truth where it came back empty', async () => {
    athena.setFault(queryMark(query), 'empty');
    const executions = { ...(query === 'lines' && { stage: await run('stage') }), [query]: await run(query) };
    await expect(ASK[query](readerOf(executions))).rejects.toMatchObject({
      code: 'audit_failed',
      message: expect.stringContaining('without its totals row') as string,
    });
  });

  it('is no truth where its file is gone, cut off, or has lost its rows', async () => {
    const executions: Partial<Record<AuditQuery, string>> = {
      ...(query === 'lines' && { stage: await run('stage') }),
      [query]: await run(query),
    };
    const key = `results/athena/${executions[query]}.csv`;
    const whole = Buffer.from(s3.objects.get(key) ?? []);
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, whole.indexOf('\n') + 1),
      Buffer.alloc(0),
    ]) {
      s3.objects.set(key, bytes);
      await expect(ASK[query](readerOf(executions))).rejects.toMatchObject({ code: 'audit_failed' });
    }
    s3.objects.delete(key);
    await expect(ASK[query](readerOf(executions))).rejects.toMatchObject({
      code: 'audit_failed',
      message: expect.stringContaining('NoSuchKey') as string,
    });
  });
});

it('takes no answer for a truth whose connection broke at the end of a row', async () => {
  const executions = { reconcile: await run('reconcile') };
  const whole = Buffer.from(s3.objects.get(`results/athena/${executions.reconcile}.csv`) ?? []);
  const breaking = await listenLocally(
    createServer((_, response) => {
      response.writeHead(200, { 'content-length': whole.byteLength + 100 });
      response.write(whole, () => response.destroy());
    }),
  );
  useLocalAws({ AWS_ENDPOINT_URL_S3: breaking.url });
  const client = makeS3Client();
  const reader = new AthenaReconciler({ athena: athena.client, s3: client, executions });
  await expect(reader.reconcile()).rejects.toMatchObject({ code: 'audit_failed' });
  client.destroy();
  await breaking.close();
});

it('starts a query once, however often it is started with its token', async () => {
  const token = 't'.repeat(32);
  const id = await start('lines', { token });
  expect(await start('lines', { token })).toBe(id);
  expect(athena.texts).toHaveLength(1);
  await expect(start('totals', { token })).rejects.toThrow('Idempotent parameters do not match');
});

it('stages into an empty folder only: another try needs another number', async () => {
  await run('stage');
  const again = await run('stage');
  await expect(readerOf({ stage: again, lines: await run('lines') }).stage()).rejects.toThrow(
    'HIVE_PATH_ALREADY_EXISTS',
  );
  const second = await run('stage', auditQueryText('stage', { ...RUN, stageAttempt: 2 }));
  const lines = await run('lines', auditQueryText('lines', { ...RUN, stageAttempt: 2 }));
  expect(await readerOf({ stage: second, lines }).stage()).toMatchObject({ lineCount: 0 });
});
