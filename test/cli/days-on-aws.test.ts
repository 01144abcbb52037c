import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { Template } from 'aws-cdk-lib/assertions';
import { S3AuditFiles } from '../../adapters/aws/s3-audit-files.js';
import { makeS3Client } from '../../adapters/aws/s3-client.js';
import { DynamoDbSettings } from '../../adapters/aws/dynamodb-settings.js';
import { NO_DIGEST, actFile, makeAct } from '../../core/audit/act.js';
import { evidenceFile } from '../../core/audit/run.js';
import { publishAct } from '../../core/audit/seal-day.js';
import { writeTotalsFile } from '../../core/audit/totals-file.js';
import { SLICE_MS } from '../../core/time.js';
import { TallyStack } from '../../lib/index.js';
import { DAY, beginRun, reportOf, sealedTotal } from '../contract/audit-store.js';
import { makeApp, spelled } from '../lib/synthesised.js';
import { dynamoDbAuditStore } from '../support/dynamodb-audit-store.js';
import { useDynamoDb } from '../support/dynamodb-fixture.js';
import { useLocalAws } from '../support/local-aws-environment.js';
import { startS3, type LocalS3 } from '../support/local-s3.js';
import { runTally } from './run-tally.js';

const BUCKET = 'archive';

const fixture = useDynamoDb();
let s3: LocalS3;

beforeEach(async () => {
  s3 = await startS3();
  useLocalAws({ AWS_ENDPOINT_URL_DYNAMODB: fixture.proxy.url, AWS_ENDPOINT_URL_S3: s3.url });
});
afterEach(() => s3.close());

const storeFlags = () => ['--table', fixture.tables.days, '--totals', fixture.tables.totals];

/** A day as an audit seals it: totals, their file, the act and its file. */
async function sealADay(): Promise<string> {
  const place = { client: fixture.client, tableName: fixture.tables.days };
  const latenessMs = 3_600_000;
  const lateness = [{ fromDay: '0000-01-01', latenessMs }];
  await new DynamoDbSettings(place).create({ formatVersion: 1, laneCount: 16, sliceMs: SLICE_MS, lateness });
  const store = dynamoDbAuditStore(fixture.client, fixture.tables);
  const client = makeS3Client();
  const files = new S3AuditFiles({ client, bucketName: BUCKET, prefix: 'audit/' });
  const fence = await beginRun(store);
  const total = sealedTotal('page.viewed', 5);
  await store.writer.putTotals(fence, [total]);
  const { counter, value, events, isAdjusted } = total;
  const hours = total.hours.map(({ hour, ...sum }) => [hour, sum.value, sum.events] as const);
  async function* lines() {
    yield { counter, value, events, hours, isAdjusted };
  }
  const file = evidenceFile(fence, 'totals');
  const summary = await writeTotalsFile(files, file, lines());
  const act = makeAct({
    ...{ formatVersion: 1, kind: 'seal', sequence: 1, previousDigest: NO_DIGEST, ...fence },
    actedAt: '2026-11-21T03:00:00.000Z',
    totals: { file, sha256: summary.sha256, counterCount: 1, ...summary.total },
    ...{ adjustedCounterHourCount: 0, isArchiveIncomplete: false, findings: {}, trust: null },
  });
  const sealed = { outcome: 'sealed', total: summary.total, digest: act.digest } as const;
  await store.ledger.seal(fence, act, reportOf(fence, sealed));
  await publishAct(files, act);
  client.destroy();
  return act.digest;
}

it('lists the days of a stack', async () => {
  expect(await runTally(['days', '--table', fixture.tables.days, '--json'])).toMatchObject({
    ...{ exitCode: 0, stdout: '[]\n' },
  });
  const digest = await sealADay();

  const { exitCode, stdout } = await runTally(['days', '--table', fixture.tables.days, '--json']);
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([
    0,
    [{ day: DAY, state: 'sealed', value: 5, events: 2, digest }],
  ]);
});

it('verifies the chain from the bucket alone, and finds a file that was changed', async () => {
  const digest = await sealADay();
  const verify = () => runTally(['verify', '--bucket', BUCKET, '--json']);
  const { exitCode, stdout } = await verify();
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    0,
    { actCount: 1, counterCount: 1, headDigest: digest, problems: [] },
  ]);

  const path = `${BUCKET}/audit/${actFile(1)}`;
  const text = Buffer.from(s3.objects.get(path) ?? '').toString();
  s3.objects.set(path, Buffer.from(text.replace('"sequence":1', '"sequence":2')));
  expect((await verify()).exitCode).toBe(1);
});

it('compares the files with what queries read, by the very command that the stack puts out', async () => {
  await sealADay();
  const { Verify } = Template.fromStack(new TallyStack(makeApp(), 'Tally')).findOutputs('Verify');
  const [npx, tally, ...argv] = spelled((Verify as { Value: unknown }).Value).split(' ');
  expect([npx, tally, argv[0]]).toEqual(['npx', 'tally', 'verify']);
  const ours = { '--bucket': BUCKET, '--table': fixture.tables.days, '--totals': fixture.tables.totals };
  const command = argv.map((word, index) => ours[argv[index - 1] as keyof typeof ours] ?? word);
  expect((await runTally(command)).exitCode).toBe(0);

  await fixture.client.send(
    new UpdateItemCommand({
      TableName: fixture.tables.totals,
      Key: { counter: { S: 'page.viewed' }, day: { S: DAY } },
      UpdateExpression: 'ADD #value :one',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  const { exitCode, stdout } = await runTally(command);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining(`page.viewed on ${DAY}`)]);
});

it('says what is wrong with a table or a bucket that does not answer', async () => {
  const days = await runTally(['days', '--table', 'absent']);
  expect([days.exitCode, days.stderr]).toEqual([
    4,
    expect.stringMatching(/^tally: table_failed: table absent: /),
  ]);
  await s3.close();
  const verified = await runTally(['verify', '--bucket', BUCKET]);
  expect([verified.exitCode, verified.stderr]).toEqual([
    4,
    expect.stringMatching(/^tally: bucket_failed: bucket archive: .*AWS_REGION/),
  ]);
});

it('says that half a place is none', async () => {
  for (const flags of [
    storeFlags(),
    ['--bucket', BUCKET, '--table', 'a'],
    ['--bucket', BUCKET, '--totals', 'a'],
  ]) {
    const { exitCode, stderr } = await runTally(['verify', ...flags]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('parameter_invalid: accepted: --files alone; or, of a stack, --bucket'),
    ]);
  }
});
