/** A new stack opens once its archive delivers, and a quiet one stays fresh: through the bundles that would be deployed. */
import { archiveFolder } from '../../core/archive-folder.js';
import { HOUR_MS } from '../../core/time.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import type { HttpReply } from './http-api-event.js';
import { ARCHIVE_BUCKET, LocalStack } from './local-stack.js';

jest.setTimeout(300_000);

let folder: string;
let stack: LocalStack;
let key: string;

beforeEach(async () => {
  folder = await makeTemporaryDirectory();
  stack = await LocalStack.start(folder, { lanes: 16, stripes: 2 }, { isOpen: false });
  key = await stack.createKey({ scopes: ['ingest', 'read'] });
});
afterEach(async () => {
  await stack.stop();
  await removeDirectory(folder);
});

const send = (): Promise<HttpReply> =>
  stack.request({
    routeKey: 'POST /v1/events',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ specversion: '1.0', id: 'e1', source: 'web', type: 'page.viewed', time: new Date().toISOString() },
    }),
  });

/** As Firehose does: the records of a shard, one after the other, as they are. */
async function archive(shardIndex: number, name: string, atMs = Date.now()): Promise<void> {
  const { records = [] } = (await stack.readStream())[shardIndex] ?? {};
  const bytes = Buffer.concat(records.map(({ Data = [] }) => Buffer.from(Data)));
  stack.s3.objects.set(`${ARCHIVE_BUCKET}/${archiveFolder(atMs)}${name}.ndjson.gz`, bytes);
}

test('ingest opens when a heartbeat of every stripe came through the archive, and not before', async () => {
  const refused = { status: 503, headers: { 'retry-after': '30' }, json: { code: 'ingest_closed' } };
  expect(await send()).toMatchObject(refused);
  expect((await stack.readStream()).map(({ records }) => records.length)).toEqual([0, 0]);

  await stack.beat();
  expect((await stack.readStream()).map(({ records }) => records.length)).toEqual([1, 1]);
  expect(await send()).toMatchObject(refused);

  await archive(0, 'a');
  await stack.beat();
  expect(await send()).toMatchObject(refused);

  await archive(1, 'b', Date.now() - HOUR_MS);
  await stack.beat();
  expect(await send()).toMatchObject({ status: 202 });
});

test('an open stack stays open when it is deployed again, and its archive is not read any more', async () => {
  await stack.openIngest();
  stack.deploy({});
  await stack.beat();
  await stack.beat();

  expect(await send()).toMatchObject({ status: 202 });
  expect(stack.s3.calls).toEqual([]);
});

test('heartbeats keep a stripe without events fresh, and are counted nowhere', async () => {
  await stack.openIngest();
  expect(await send()).toMatchObject({ status: 202 });
  await stack.beat();
  await stack.beat();
  const shards = await stack.readStream();
  for (const { shardId, records } of shards) {
    expect(records.length).toBeGreaterThanOrEqual(2);
    expect(await stack.count(shardId, records)).toEqual({ batchItemFailures: [] });
  }

  const health = await stack.request({ routeKey: 'GET /v1/health' });
  const lastArrivalsMs = shards.map(
    ({ records }) => records.at(-1)?.ApproximateArrivalTimestamp?.getTime() ?? 0,
  );
  expect(Date.parse(String(health.json['asOf']))).toBe(Math.min(...lastArrivalsMs));

  const headers = { authorization: `Bearer ${key}` };
  const types = await stack.request({ routeKey: 'GET /v1/counters', headers });
  expect(types.json['types']).toMatchObject([{ type: 'page.viewed' }]);
  expect(stack.linesPutTo('rejected')).toEqual([]);
});
