/** Requests in, exact counts out, through the bundles that would be deployed. */
import { SplitShardCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { gunzipSync, gzipSync } from 'node:zlib';
import { REQUEST_EVENTS_MAX } from '../../core/limits.js';
import { throttle, type Fate } from '../support/faulty-proxy.js';
import type { ShardRecords } from '../support/local-kinesis.js';
import { seededRandom } from '../support/seeded-random.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import { deliver } from './event-source.js';
import type { HttpReply } from './http-api-event.js';
import { LocalStack } from './local-stack.js';

const SEED = Number(process.env['TALLY_TEST_SEED'] ?? 20_261_121);

interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly value: number;
  readonly time: string;
}

let folder: string;
let stack: LocalStack;
let ingestKey: string;
let readKey: string;
/** What counters must say in the end: each distinct event once. */
let expected: Map<string, { value: number; events: number }>;

beforeEach(async () => {
  folder = await makeTemporaryDirectory();
  stack = await LocalStack.start(folder, { lanes: 16, stripes: 2 });
  ingestKey = await stack.createKey({ scopes: ['ingest'] });
  readKey = await stack.createKey({ scopes: ['read'] });
  expected = new Map();
});
afterEach(async () => {
  await stack.stop();
  await removeDirectory(folder);
});

let eventCount = 0;

function makeEvent(random: () => number): SentEvent {
  const subject = Math.floor(random() * 5);
  // Over a few slices around now, and not within five minutes ahead of it.
  const timeMs = Date.now() - Math.floor(random() * 20 * 60_000);
  return {
    id: `e${++eventCount}`,
    type: `page.${Math.floor(random() * 2)}`,
    ...(subject === 0 ? {} : { subject: `s${subject}` }),
    value: Math.floor(random() * 7) - 2,
    time: new Date(timeMs).toISOString(),
  };
}

const cloudEvent = ({ value, ...event }: SentEvent) => ({
  specversion: '1.0',
  source: 'web-1',
  ...event,
  data: { value, note: 'not for the log' },
});

function expectCounted(events: readonly SentEvent[]): void {
  for (const { type, subject, value } of events) {
    for (const counter of subject === undefined ? [type] : [type, `${type}/${subject}`]) {
      const sum = expected.get(counter) ?? { value: 0, events: 0 };
      expected.set(counter, { value: sum.value + value, events: sum.events + 1 });
    }
  }
}

const send = (events: readonly object[], key = ingestKey): Promise<HttpReply> =>
  stack.request({
    routeKey: 'POST /v1/events',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });

/** As a producer does: until the answer is 202. */
async function sendUntilAccepted(events: readonly SentEvent[]): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { status, json } = await send(events.map(cloudEvent));
    if (status === 202) {
      expect(json).toEqual({ accepted: events.length, rejected: [] });
      return;
    }
    expect(status).toBe(503);
  }
  throw new Error('50 attempts were refused: that is no bad luck');
}

async function sendRequests(random: () => number, requestCount: number): Promise<void> {
  for (let request = 0; request < requestCount; request++) {
    const events = Array.from({ length: 1 + Math.floor(random() * 20) }, () => makeEvent(random));
    await sendUntilAccepted(events);
    if (random() < 0.3) await sendUntilAccepted(events.slice(0, Math.ceil(events.length / 2)));
    expectCounted(events);
  }
}

async function readCounter(counter: string): Promise<{ value: number; events: number }> {
  const [type = '', subject] = counter.split('/');
  const { status, json } = await stack.request({
    routeKey: 'GET /v1/counters/{type}',
    headers: { authorization: `Bearer ${readKey}` },
    path: { type },
    query: { consistency: 'strong', ...(subject === undefined ? {} : { subject }) },
  });
  expect(status).toBe(200);
  return { value: json['value'] as number, events: json['events'] as number };
}

async function expectExactCounts(): Promise<void> {
  const counted = new Map<string, { value: number; events: number }>();
  for (const counter of expected.keys()) counted.set(counter, await readCounter(counter));
  expect(counted).toEqual(expected);
}

const deliverAll = async (shards: readonly ShardRecords[], random: () => number): Promise<void> => {
  await Promise.all(
    shards.map((shard) => deliver(shard, (records) => stack.count(shard.shardId, records), random)),
  );
};

/** One call in eight goes wrong, in every way that calls do. */
function faults(random: () => number): () => Fate {
  return () => {
    const dice = random();
    if (dice < 0.05) return throttle('ProvisionedThroughputExceededException');
    if (dice < 0.09) return 'loseResponse';
    return dice < 0.125 ? 'loseRequest' : 'pass';
  };
}

/** Kinesis takes some records of a call and refuses others. */
function partialFailures(random: () => number): LocalStack['kinesis']['fateOf'] {
  return ({ operation, body }) => {
    if (operation !== 'PutRecords' || random() < 0.5) return 'pass';
    const records = body['Records'] as unknown[];
    const isTaken = records.map((_, index) => index === 0 || random() < 0.5);
    return {
      forward: { ...body, Records: records.filter((_, index) => isTaken[index]) },
      rewrite: (answer) => {
        const taken = [...(answer['Records'] as unknown[])];
        const Records = isTaken.map((is) =>
          is ? taken.shift() : { ErrorCode: 'InternalFailure', ErrorMessage: 'injected' },
        );
        return { FailedRecordCount: isTaken.filter((is) => !is).length, Records };
      },
    };
  };
}

test('counts are exact under duplicates, re-cut batches, throttles, lost calls, partial failures and killed workers', async () => {
  const random = seededRandom(SEED);
  stack.dynamoDb.fateOf = faults(random);
  stack.kinesis.fateOf = partialFailures(random);
  await sendRequests(random, 25);
  const shards = await stack.readStream();

  // A worker dies in the middle of every batch it is given; what it began, others must finish.
  const victim = await stack.startSandbox('count');
  const doomed = shards.map(({ shardId, records }) => stack.count(shardId, records, { sandbox: victim }));
  const outcomes = Promise.allSettled(doomed);
  const callsBefore = stack.dynamoDb.calls.length;
  while (stack.dynamoDb.calls.length < callsBefore + 20)
    await new Promise((resolve) => setImmediate(resolve));
  await victim.kill();
  await outcomes;

  // Then two workers at once on the same shards: a zombie and its successor.
  const zombie = await stack.startSandbox('count');
  await Promise.all([
    deliverAll(shards, random),
    ...shards.map((shard) =>
      deliver(shard, (records) => stack.count(shard.shardId, records, { sandbox: zombie }), random),
    ),
  ]);

  stack.dynamoDb.fateOf = () => 'pass';
  await expectExactCounts();
});

test('another number of stripes, and a stream that is split, loses and doubles nothing', async () => {
  const random = seededRandom(SEED + 1);
  await sendRequests(random, 8);
  await deliverAll((await stack.readStream()).slice(0, 1), random);

  const { client, name } = stack.streamClient;
  const { Shards: parents = [] } = await client.send(new ListShardsCommand({ StreamName: name }));
  for (const { ShardId, HashKeyRange } of parents) {
    const [from, to] = [BigInt(HashKeyRange?.StartingHashKey ?? 0), BigInt(HashKeyRange?.EndingHashKey ?? 0)];
    const NewStartingHashKey = String((from + to + 1n) / 2n);
    await client.send(new SplitShardCommand({ StreamName: name, ShardToSplit: ShardId, NewStartingHashKey }));
  }
  // Requests that are still served by the old configuration, then the new one.
  await sendRequests(random, 4);
  stack.deploy({ stripes: 4 });
  await sendRequests(random, 8);

  const shards = await stack.readStream();
  expect(shards.filter(({ records }) => records.length > 0).length).toBeGreaterThan(4);
  // Nobody promises that parents are read before their children.
  await deliverAll([...shards].reverse(), random);
  await expectExactCounts();
});

test('other lanes on a running stack are refused, by name, and count nothing wrong', async () => {
  const random = seededRandom(SEED + 2);
  await sendRequests(random, 4);
  const shards = await stack.readStream();
  await deliverAll(shards, random);

  stack.deploy({ lanes: 32 });
  const refused = await send([cloudEvent(makeEvent(random))]);
  expect(refused).toMatchObject({ status: 503, json: { code: 'settings_disagree' } });
  expect(refused.json['detail']).toMatch(/lanes: this data was written with 16, the configuration says 32/);
  for (const { shardId, records } of shards.filter(({ records }) => records.length > 0)) {
    await expect(stack.count(shardId, records)).rejects.toMatchObject({ code: 'settings_disagree' });
  }

  stack.deploy({ lanes: 16 });
  await deliverAll(shards, random);
  await expectExactCounts();
});

test('near its time limit a worker says where to go on, and the next one goes on there', async () => {
  const random = seededRandom(SEED + 3);
  await sendRequests(random, 12);
  const shards = await stack.readStream();

  let partialCount = 0;
  for (const shard of shards) {
    await deliver(
      shard,
      async (records) => {
        // No time at all: exactly the first chunk is counted, so that there is always progress.
        const answer = await stack.count(shard.shardId, records, { remainingMs: 0 });
        if (answer.batchItemFailures.length > 0) partialCount++;
        return answer;
      },
      random,
    );
  }

  expect(partialCount).toBeGreaterThan(0);
  await expectExactCounts();
});

describe('at the door', () => {
  const event = (given: object = {}) => ({ ...cloudEvent(makeEvent(seededRandom(1))), ...given });

  test('every content type is read, with and without gzip', async () => {
    const bodies: [string, string][] = [
      ['application/json', JSON.stringify(event({ id: 'a' }))],
      ['application/cloudevents+json', JSON.stringify(event({ id: 'b' }))],
      ['application/cloudevents-batch+json', JSON.stringify([event({ id: 'c' })])],
      ['application/x-ndjson', `${JSON.stringify(event({ id: 'd' }))}\n`],
    ];
    for (const [contentType, body] of bodies) {
      for (const isGzipped of [false, true]) {
        const reply = await stack.request({
          routeKey: 'POST /v1/events',
          headers: {
            authorization: `Bearer ${ingestKey}`,
            'content-type': contentType,
            ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
          },
          body: isGzipped ? gzipSync(body) : body,
        });
        expect([contentType, isGzipped, reply.json]).toEqual([
          contentType,
          isGzipped,
          { accepted: 1, rejected: [] },
        ]);
      }
    }
  });

  test('each request leaves a receipt of what it put in; a receipt that fails fails no request, and is counted', async () => {
    const time = new Date().toISOString();
    const request = [2, 3, 5].map((value, index) => event({ id: `r${index}`, time, data: { value } }));
    expect((await send(request)).status).toBe(202);
    const [receipt, ...more] = stack.linesPutTo('receipts');
    expect([stack.firehose.calls.length, more]).toEqual([1, []]);
    expect(receipt).toMatchObject({ hour: time.slice(0, 13), events: 3, value: 10, failed: 0 });
    const { records } = (await stack.readStream()).find((shard) => shard.records.length > 0) ?? {};
    expect(gunzipSync(records?.[0]?.Data ?? '').toString()).toContain(
      `"chunk":"${String(receipt?.['chunk'])}"`,
    );

    const answers = stack.firehose.fateOf;
    stack.firehose.fateOf = () => 'loseRequest';
    expect((await send(request)).status).toBe(202);
    expect(stack.logs()).toMatch(/"receiptsFailedCount":1\b/);

    stack.firehose.fateOf = answers;
    stack.firehose.calls.length = 0;
    expect((await send(request)).status).toBe(202);
    expect(stack.linesPutTo('receipts')).toMatchObject([{ failed: 1 }]);
  });

  test('gzip that API Gateway took for text is refused with the remedy', async () => {
    const reply = await stack.request({
      routeKey: 'POST /v1/events',
      headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' },
      body: gzipSync(JSON.stringify(event())),
    });

    expect(reply).toMatchObject({ status: 400, json: { code: 'body_unreadable' } });
    expect(reply.json['detail']).toContain('content-encoding: gzip');
  });

  test('keys: what is malformed costs no read, what is unknown or lacks the scope is refused', async () => {
    stack.dynamoDb.calls.length = 0;
    expect((await send([event()], 'tally_0_0_0')).status).toBe(403);
    expect(stack.dynamoDb.calls).toEqual([]);
    expect((await send([event()], readKey)).status).toBe(403);
    const foreign = await stack.createKey({ scopes: ['ingest'], sourcePattern: 'mobile-*' });
    expect(await send([event()], foreign)).toMatchObject({
      status: 422,
      json: { accepted: 0, rejected: [{ index: 0, code: 'source_not_allowed' }] },
    });
    expect((await send([event({ source: 'mobile-7' })], foreign)).status).toBe(202);
  });

  test('bad events are refused one by one, too many of them at once', async () => {
    const mixed = await send([event(), event({ time: '2001-01-01T00:00:00Z' })]);
    expect(mixed).toMatchObject({
      status: 202,
      json: { accepted: 1, rejected: [{ index: 1, code: 'time_too_old' }] },
    });
    const many = await send(Array.from({ length: REQUEST_EVENTS_MAX + 1 }, () => ({})));
    expect(many).toMatchObject({ status: 413, json: { code: 'too_many_events' } });
    expect(many.headers['content-type']).toBe('application/problem+json');
  });

  test('a stream that refuses to the last is a 503 that says when to come back', async () => {
    stack.kinesis.fateOf = ({ body }) => ({
      status: 200,
      answer: {
        FailedRecordCount: 1,
        Records: (body['Records'] as unknown[]).map(() => ({
          ErrorCode: 'InternalFailure',
          ErrorMessage: 'full',
        })),
      },
    });
    const reply = await send([event()]);

    expect(reply).toMatchObject({ status: 503, json: { code: 'stream_unavailable' } });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('types are found, described and listed; health needs no key; nothing of keys or payloads is logged', async () => {
    await sendUntilAccepted([makeEvent(seededRandom(2))]);
    const shards = await stack.readStream();
    await deliverAll(shards, () => 0.5);
    const admin = await stack.createKey({ scopes: ['admin'] });
    const authorization = `Bearer ${admin}`;
    const described = await stack.request({
      routeKey: 'PUT /v1/catalog/{type}',
      headers: { authorization, 'content-type': 'application/json' },
      path: { type: 'page.9' },
      body: JSON.stringify({ unit: 'views' }),
    });
    expect(described).toMatchObject({ status: 200, json: { type: 'page.9', unit: 'views' } });
    const listed = await stack.request({ routeKey: 'GET /v1/counters', headers: { authorization } });
    expect((listed.json['types'] as { type: string }[]).length).toBe(2);
    const health = await stack.request({ routeKey: 'GET /v1/health' });
    expect(health).toMatchObject({ status: 200, json: { status: 'ok', sealedThrough: null } });
    expect(health.json['lagMs']).toBeLessThan(300_000);
    const invalid = await stack.request({
      routeKey: 'GET /v1/counters/{type}',
      headers: { authorization },
      path: { type: 'page.9' },
      query: { form: 'x' },
    });
    expect(invalid).toMatchObject({ status: 400, json: { code: 'parameter_invalid' } });

    for (const secret of [admin, ingestKey, 'not for the log']) expect(stack.logs()).not.toContain(secret);
    expect(stack.logs()).toContain('eventsCountedCount');
  });
});
