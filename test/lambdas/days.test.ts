/** Days, from the marker behind their close to what is answered of their seal, through the bundles that would be deployed. */
import { KinesisStream } from '../../adapters/aws/kinesis-stream.js';
import { makeMarkerChunk } from '../../core/audit/marker.js';
import { encodeChunk } from '../../core/chunk.js';
import {
  DAY,
  actBehind,
  beginRun,
  reportOf,
  seal,
  sealedTotal,
  type AuditStore,
} from '../contract/audit-store.js';
import { dynamoDbAuditStore } from '../support/dynamodb-audit-store.js';
import { throttle } from '../support/faulty-proxy.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import type { HttpReply, HttpRequest } from './http-api-event.js';
import { LocalStack } from './local-stack.js';

const CONFIG = { lanes: 16, stripes: 2 };

let folder: string;
let stack: LocalStack;
let store: AuditStore;
let readKey: string;

beforeEach(async () => {
  folder = await makeTemporaryDirectory();
  stack = await LocalStack.start(folder, CONFIG);
  store = dynamoDbAuditStore(stack.store.client, stack.store.tables);
  readKey = await stack.createKey({ scopes: ['read'] });
});
afterEach(async () => {
  await stack.stop();
  await removeDirectory(folder);
});

const get = (routeKey: HttpRequest['routeKey'], given: Partial<HttpRequest> = {}): Promise<HttpReply> =>
  stack.request({ routeKey, headers: { authorization: `Bearer ${readKey}` }, ...given });

const getTop = (query: Record<string, string>) =>
  get('GET /v1/counters/{type}/top', { path: { type: 'page.viewed' }, query });

describe('what is answered of days', () => {
  beforeEach(async () => {
    // The settings are written by whoever counts first.
    await stack.count('shardId-000000000000', []);
  });

  test('a sealed day is answered with its totals and its act, an open one without', async () => {
    const fence = await beginRun(store);
    const act = actBehind(null, fence);
    const report = reportOf(fence, {
      outcome: 'sealed',
      total: { value: 5, events: 2 },
      actSequence: act.sequence,
      digest: act.digest,
    });
    await store.writer.putTotals(fence, [sealedTotal('page.viewed', 5)]);
    await store.ledger.seal(fence, act, report);
    await store.days.open('2026-11-21', Date.now());

    const { status, json } = await get('GET /v1/days');
    expect(status).toBe(200);
    const [sealed, other] = json['days'] as Record<string, unknown>[];
    expect(sealed).toMatchObject({
      day: DAY,
      state: 'sealed',
      value: 5,
      events: 2,
      act: 1,
      digest: act.digest,
    });
    expect(other).toMatchObject({ day: '2026-11-21', value: null, digest: null });
    expect((await get('GET /v1/days', { query: { to: '2026-11-21' } })).json['days']).toEqual([sealed]);
    const one = await get('GET /v1/days/{date}', { path: { date: DAY } });
    expect(one.json).toEqual({ ...sealed, report });
  });

  test('top subjects are answered once their day is sealed', async () => {
    const fence = await beginRun(store);
    const subjects = ['a', 'b', 'c'].map((subject, rank) => ({ subject, value: 9 - rank, events: 1 }));
    await store.writer.putTop(fence, [{ type: 'page.viewed', subjects }]);
    expect(await getTop({ day: DAY })).toMatchObject({ status: 404, json: { code: 'not_found' } });
    await seal(store, fence);

    const { status, json } = await getTop({ day: DAY, limit: '2' });
    expect([status, json]).toEqual([200, { type: 'page.viewed', day: DAY, subjects: subjects.slice(0, 2) }]);
  });

  test('a day that never was, and a question that is none, say so', async () => {
    expect(await get('GET /v1/days/{date}', { path: { date: DAY } })).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
    for (const reply of [
      await get('GET /v1/days/{date}', { path: { date: '2026-13-01' } }),
      await get('GET /v1/days', { query: { from: 'yesterday' } }),
      await getTop({ day: DAY, limit: '1000' }),
    ]) {
      expect(reply).toMatchObject({ status: 400, json: { code: 'parameter_invalid' } });
    }
  });

  test('a key that may only ingest is told nothing', async () => {
    const headers = { authorization: `Bearer ${await stack.createKey({ scopes: ['ingest'] })}` };
    for (const routeKey of ['GET /v1/days', 'GET /v1/days/{date}', 'GET /v1/counters/{type}/top'] as const) {
      expect((await get(routeKey, { headers, path: { date: DAY, type: 'a' } })).status).toBe(403);
    }
  });
});

describe('markers', () => {
  beforeEach(async () => {
    const { client, name: streamName } = stack.streamClient;
    const stream = new KinesisStream({
      ...{ client, streamName, laneCount: CONFIG.lanes, stripeCount: CONFIG.stripes },
    });
    const nowMs = Date.now();
    const event = {
      specversion: '1.0',
      ...{ id: 'e1', source: 'web-1', type: 'page.viewed', subject: '', partitionkey: 'page.viewed' },
      time: new Date(nowMs).toISOString(),
      ...{ value: 1, receivedat: new Date(nowMs).toISOString(), chunk: 'c1', position: 0 },
    };
    const bytes = encodeChunk([JSON.stringify(event)]);
    const chunk = { chunkId: 'c1', receivedAtMs: nowMs, bytes, eventCount: 1, valueSum: 1 };
    for (const stripe of [0, 1]) {
      await stream.put([{ ...chunk, stripe }]);
      await stream.put([await makeMarkerChunk({ day: DAY, stripe }, { runNumber: 1, nowMs })]);
    }
  });

  test('are recorded when everything before them on their stripe is counted', async () => {
    const [first, second] = await stack.readStream();
    expect(await store.markers.stripesPassed(DAY)).toEqual([]);
    await stack.count(first?.shardId ?? '', first?.records ?? []);
    expect(await store.markers.stripesPassed(DAY)).toEqual([0]);
    await stack.count(second?.shardId ?? '', second?.records ?? []);
    await stack.count(second?.shardId ?? '', second?.records ?? []);
    expect(await store.markers.stripesPassed(DAY)).toEqual([0, 1]);
  });

  test('are not recorded while something before them is not counted', async () => {
    const [first] = await stack.readStream();
    const { shardId = '', records = [] } = first ?? {};
    // The entry is in the journal, and not in the counters: the event is not counted yet.
    const { counters } = stack.store.tables;
    stack.dynamoDb.fateOf = ({ operation, body }) =>
      operation === 'UpdateItem' && body['TableName'] === counters
        ? throttle('AccessDeniedException')
        : 'pass';
    await expect(stack.count(shardId, records)).rejects.toThrow();
    expect(await store.markers.stripesPassed(DAY)).toEqual([]);

    stack.dynamoDb.fateOf = () => 'pass';
    await stack.count(shardId, records);
    expect(await store.markers.stripesPassed(DAY)).toEqual([0]);
  });
});
