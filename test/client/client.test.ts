import { createClient, RefusedError, UnreachableError, UnsentError } from '../../client/index.js';
import type { ClientOptions, CloudEvent, RejectedEvent, TallyClient } from '../../client/index.js';
import { TallyStub } from './tally-stub.js';

const NOW_MS = Date.parse('2026-11-21T09:15:02.120Z');

let stub: TallyStub;
/** What the client slept, in order; sleeping itself takes no time but for the interval, which only an abort ends. */
let slept: number[];
const errors: Error[] = [];

beforeEach(async () => {
  stub = await TallyStub.start();
  slept = [];
  errors.length = 0;
});
afterEach(() => stub.stop());

/** Sleeps with a signal (the flush interval) end when aborted; those without (backoff) end at once. */
const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
  slept.push(ms);
  if (signal === undefined || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
};

const client = (options: Partial<ClientOptions> = {}): TallyClient =>
  createClient({
    url: stub.url,
    source: 'test',
    onError: (error) => errors.push(error),
    ...options,
    runtime: { nowMs: () => NOW_MS, random: () => 0.5, sleep, ...options.runtime },
  });

const cloudEvent = (id: string, given: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id,
  source: 'test',
  type: 'page.viewed',
  time: '2026-11-21T09:15:02.120Z',
  ...given,
});

/** An address where nobody listens any more. */
async function deadUrl(): Promise<string> {
  const gone = await TallyStub.start();
  const { url } = gone;
  await gone.stop();
  return url;
}

const cloudEvents = (count: number): CloudEvent[] =>
  Array.from({ length: count }, (_, i) => cloudEvent(`e${i}`));

describe('count', () => {
  it('makes a CloudEvent with the time of the call and an id of its own', async () => {
    const tally = client();
    await tally.count('page.viewed');
    await tally.count('page.viewed', {
      subject: '/home',
      by: 3,
      id: 'mine',
      at: new Date(0),
      partitionKey: 'p1',
      data: { plan: 'pro' },
    });
    await tally.close();
    const [first, second] = [...stub.stored.values()];
    expect(first).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      source: 'test',
      type: 'page.viewed',
      time: '2026-11-21T09:15:02.120Z',
    });
    expect(second).toEqual({
      specversion: '1.0',
      id: 'mine',
      source: 'test',
      type: 'page.viewed',
      subject: '/home',
      partitionkey: 'p1',
      time: '1970-01-01T00:00:00.000Z',
      data: { plan: 'pro', value: 3 },
    });
  });

  it('fixes the event at the call: later changes to data are not seen', async () => {
    const tally = client();
    const data = { plan: 'pro' };
    await tally.count('page.viewed', { data });
    data.plan = 'free';
    await tally.close();
    expect([...stub.stored.values()]).toMatchObject([{ data: { plan: 'pro' } }]);
  });

  it('refuses an instant that is none, naming it', async () => {
    await expect(client().count('page.viewed', { at: Number.NaN })).rejects.toThrow('at is NaN');
  });

  it('sends by itself when flushAt events wait', async () => {
    const flushes: Promise<void>[] = [];
    const tally = client({ flushAt: 3, waitUntil: (flushed) => flushes.push(flushed) });
    await tally.count('page.viewed');
    await tally.count('page.viewed');
    expect(stub.requests).toHaveLength(0);
    await tally.count('page.viewed');
    await Promise.all(flushes);
    expect(stub.posts.map(({ lines }) => lines.length)).toEqual([3]);
    expect(tally.stats()).toEqual({ queued: 0, sent: 3, rejected: 0, retried: 0 });
  });

  it('sends by itself after the interval', async () => {
    const flushes: Promise<void>[] = [];
    const tally = client({
      flushIntervalMs: 250,
      waitUntil: (flushed) => flushes.push(flushed),
      runtime: { sleep: (ms) => void slept.push(ms) as unknown as Promise<void> },
    });
    await tally.count('page.viewed');
    await Promise.all(flushes);
    expect(slept).toEqual([250]);
    expect(stub.stored.size).toBe(1);
  });
});

describe('retry', () => {
  it.each([408, 429, 500, 503] as const)('resends the same bytes after %d', async (status) => {
    stub.faults.push({ status }, { status });
    const tally = client();
    for (let i = 0; i < 50; i++) await tally.count('page.viewed', { subject: `/page/${i}` });
    await tally.flush();
    const [first, second, third] = stub.posts;
    expect(stub.posts).toHaveLength(3);
    expect(first?.headers['content-encoding']).toBe('gzip');
    expect(second?.wire).toBe(first?.wire);
    expect(third?.wire).toBe(first?.wire);
    expect(stub.stored.size).toBe(50);
    expect(tally.stats()).toEqual({ queued: 0, sent: 50, rejected: 0, retried: 2 });
  });

  it('resends when the connection broke, also when the events had been stored', async () => {
    stub.faults.push('break', 'storeThenBreak');
    expect(await client().send(cloudEvents(10))).toEqual({ accepted: 10, rejected: [] });
    expect(stub.posts).toHaveLength(3);
    expect(stub.stored.size).toBe(10);
  });

  it('resends when the answer cannot be read', async () => {
    stub.faults.push({ status: 202, body: '{"accepted": 1' });
    expect(await client().send(cloudEvents(1))).toEqual({ accepted: 1, rejected: [] });
    expect(stub.posts).toHaveLength(2);
  });

  it('doubles its delay up to a maximum, and takes a random part of it', async () => {
    stub.faults.push(...Array.from({ length: 5 }, () => ({ status: 503 })));
    await client({ retry: { delayMs: 100, delayMsMax: 500 } }).send(cloudEvents(1));
    expect(slept).toEqual([50, 100, 200, 250, 250]);
  });

  it.each([
    { header: '3', waitedMs: 3_000 },
    { header: new Date(NOW_MS + 2_880).toUTCString(), waitedMs: 2_880 },
    { header: '99999', waitedMs: 300_000 },
    { header: 'soon', waitedMs: 0 },
  ])('waits as long as Retry-After asks, and jitter on top: $header', async ({ header, waitedMs }) => {
    stub.faults.push({ status: 503, headers: { 'retry-after': header } });
    await client({ retry: { delayMs: 100 } }).send(cloudEvents(1));
    expect(slept).toEqual([waitedMs + 50]);
  });

  it('gives up after the last attempt, saying what it met', async () => {
    stub.faults.push(
      ...Array.from({ length: 3 }, () => ({ status: 503, body: '{"code":"backlog_full","detail":"full"}' })),
    );
    const sent = client({ retry: { max: 2 } }).send(cloudEvents(1));
    await expect(sent).rejects.toEqual(new RefusedError(503, 'backlog_full', 'full'));
    expect(stub.posts).toHaveLength(3);
  });

  it('names the reason when nobody answers', async () => {
    const sent = client({ url: await deadUrl(), retry: { max: 0 } }).send(cloudEvents(1));
    await expect(sent).rejects.toBeInstanceOf(UnreachableError);
    await expect(sent).rejects.toThrow('ECONNREFUSED');
  });

  it.each([400, 401, 403, 415])('does not retry %d', async (status) => {
    stub.faults.push({ status, body: '{"code":"unauthorized","detail":"no key"}' });
    await expect(client().send(cloudEvents(1))).rejects.toThrow('no key');
    expect(stub.posts).toHaveLength(1);
  });

  it('refuses an answer that does not account for every event', async () => {
    stub.faults.push({ status: 202, body: '{"accepted":9,"rejected":[]}' });
    await expect(client().send(cloudEvents(10))).rejects.toThrow('account for the 10 events');
  });
});

describe('batches', () => {
  it('halves what is too large until it fits, and keeps the places of the rejected', async () => {
    stub.eventsMax = 3;
    const events = cloudEvents(10).map((event, i) => (i === 7 ? { ...event, type: '' } : event));
    expect(await client().send(events)).toEqual({
      accepted: 9,
      rejected: [{ index: 7, id: 'e7', code: 'type_invalid', message: 'type is ""' }],
    });
    expect(stub.stored.size).toBe(9);
  });

  it('rejects one event that is too large alone, and stores the others', async () => {
    stub.eventsMax = 0;
    expect(await client().send([cloudEvent('big')])).toEqual({
      accepted: 0,
      rejected: [{ index: 0, id: 'big', code: 'too_many_events', message: 'too many' }],
    });
  });

  it('splits by number and by size', async () => {
    const large = cloudEvents(4).map((event) => ({ ...event, data: { text: 'é'.repeat(200_000) } }));
    await client().send([...cloudEvents(501), ...large]);
    expect(stub.posts.map(({ lines }) => lines.length)).toEqual([500, 3, 2]);
  });

  it('keeps places over several requests', async () => {
    const events = cloudEvents(1_200).map((event, i) => (i === 1_100 ? { ...event, type: '' } : event));
    const { rejected } = await client().send(events);
    expect(rejected).toMatchObject([{ index: 1_100, id: 'e1100' }]);
  });

  it('sends nothing for no events', async () => {
    expect(await client().send([])).toEqual({ accepted: 0, rejected: [] });
    expect(stub.requests).toHaveLength(0);
  });
});

describe('a full queue', () => {
  it('blocks until there is room, and loses nothing', async () => {
    let open = (): void => {};
    stub.gate = new Promise((resolve) => (open = resolve));
    const tally = client({ maxQueue: 2, flushAt: 1 });
    await tally.count('page.viewed', { id: 'a' });
    await tally.count('page.viewed', { id: 'b' });
    let isThirdQueued = false;
    const third = tally.count('page.viewed', { id: 'c' }).then(() => (isThirdQueued = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isThirdQueued).toBe(false);
    expect(tally.stats().queued).toBe(3);
    open();
    await third;
    await tally.flush();
    expect([...stub.stored.values()].map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('throws if told to, and keeps what it had', async () => {
    const tally = client({ maxQueue: 1, onOverflow: 'throw' });
    await tally.count('page.viewed');
    await expect(tally.count('page.viewed')).rejects.toMatchObject({ code: 'queue_full' });
    await tally.close();
    expect(stub.stored.size).toBe(1);
  });
});

describe('rejected events', () => {
  it('are given to onRejected with the event and the reason', async () => {
    const rejected: RejectedEvent[] = [];
    const tally = client({ onRejected: (one) => rejected.push(one) });
    await tally.count('page.viewed');
    await tally.count('', { id: 'bad' });
    await tally.flush();
    expect(rejected).toMatchObject([
      { code: 'type_invalid', message: 'type is ""', event: { id: 'bad', type: '' } },
    ]);
    expect(tally.stats()).toEqual({ queued: 0, sent: 1, rejected: 1, retried: 0 });
  });
});

describe('flush and close', () => {
  it('keeps events that could not be sent, and sends them the next time', async () => {
    stub.faults.push({ status: 401 });
    const tally = client();
    await tally.count('page.viewed', { id: 'a' });
    await expect(tally.flush()).rejects.toMatchObject({ status: 401 });
    expect(tally.stats().queued).toBe(1);
    await tally.flush();
    expect([...stub.stored.values()].map(({ id }) => id)).toEqual(['a']);
  });

  it('reports a failure in the background and tries again after the interval, not before', async () => {
    stub.faults.push({ status: 401 });
    let fetches = 0;
    const counting: typeof fetch = (...request) => {
      fetches++;
      return fetch(...request);
    };
    let tally = client();
    const failed = new Promise(
      (resolve) => (tally = client({ flushAt: 1, onError: resolve, fetch: counting })),
    );
    await tally.count('page.viewed');
    await failed;
    await new Promise((resolve) => setImmediate(resolve));
    await tally.count('page.viewed');
    await new Promise((resolve) => setImmediate(resolve));
    expect(fetches).toBe(1);
    await tally.close();
    expect(stub.stored.size).toBe(2);
  });

  it('close sends what waits, and count then refuses', async () => {
    const tally = client();
    await tally.count('page.viewed');
    await tally.close();
    expect(stub.stored.size).toBe(1);
    await expect(tally.count('page.viewed')).rejects.toMatchObject({ code: 'client_closed' });
  });

  it('close hands back what it could not send', async () => {
    const tally = client({ url: await deadUrl(), retry: { max: 1 } });
    await tally.count('page.viewed', { id: 'a' });
    const closed = tally.close();
    await expect(closed).rejects.toBeInstanceOf(UnsentError);
    await expect(closed).rejects.toMatchObject({ events: [{ id: 'a' }] });
  });

  it('a failed close sends nothing in the background, frees who waits for room, and can be called again', async () => {
    stub.faults.push({ status: 401 });
    const flushes: Promise<void>[] = [];
    const tally = client({ maxQueue: 1, waitUntil: (flushed) => flushes.push(flushed) });
    await tally.count('page.viewed', { id: 'a' });
    const blocked = tally.count('page.viewed', { id: 'b' });
    await expect(tally.close()).rejects.toMatchObject({ events: [{ id: 'a' }, { id: 'b' }] });
    await blocked;
    await Promise.all(flushes);
    expect(flushes).toHaveLength(1);
    expect(stub.posts).toHaveLength(1);
    await tally.close();
    expect(stub.stored.size).toBe(2);
  });

  it('closes when `await using` leaves its scope', async () => {
    const tally = client();
    await tally.count('page.viewed');
    await tally[Symbol.asyncDispose]();
    expect(stub.stored.size).toBe(1);
  });

  it('flushes what was counted before the call, however much comes after', async () => {
    const tally = client({ flushAt: 10_000 });
    for (let i = 0; i < 1_100; i++) await tally.count('page.viewed');
    await tally.flush();
    expect(stub.posts.map(({ lines }) => lines.length)).toEqual([500, 500, 100]);
  });
});

describe('reading', () => {
  it('follows the pages of a counter', async () => {
    stub.pageRowsMax = 4;
    const tally = client({ apiKey: 'secret' });
    await tally.send(cloudEvents(10).map((event) => ({ ...event, subject: '/a b' })));
    const reply = await tally.get('page.viewed', { subject: '/a b', granularity: 'PT1M' });
    expect(reply).toMatchObject({ value: 10, events: 10, sealedThrough: null });
    expect(reply.rows).toHaveLength(10);
    expect(stub.requests.at(-1)?.headers.authorization).toBe('Bearer secret');
  });

  it('says what the server said when it refuses', async () => {
    stub.faults.push({ status: 404, body: '{"code":"not_found","detail":"no such type"}' });
    await expect(client().get('nope')).rejects.toEqual(new RefusedError(404, 'not_found', 'no such type'));
  });
});

it.each([
  { option: 'url', given: { url: 'nowhere' } },
  { option: 'source', given: { source: '' } },
  { option: 'maxQueue', given: { maxQueue: 0 } },
])('refuses a bad $option when it is created', ({ option, given }) => {
  expect(() => client(given)).toThrow(`${option} is`);
});
