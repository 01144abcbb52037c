import { gzipSync } from 'node:zlib';
import { CloudEvent, HTTP } from 'cloudevents';
import { REQUEST_BYTES_MAX } from '../../core/limits.js';
import { aServer, eventOfNow, stopServers, type TestServer } from './a-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await aServer();
});
afterAll(stopServers);

const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Each test counts a type of its own, so that tests share a server. */
const eventOf = (type: string, given: Readonly<Record<string, unknown>> = {}) =>
  eventOfNow({ type, ...given });

describe('POST /v1/events', () => {
  it('counts an event once, however often it is sent', async () => {
    const event = eventOf('once', { data: { value: 3 } });
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await server.post(event);
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({ accepted: 1, rejected: [] });
    }
    expect(await server.counted('once')).toMatchObject({ value: 3, events: 1 });
    expect(await server.counted('once', '?subject=/home')).toMatchObject({ value: 3, events: 1 });
  });

  it('counts a request once that is sent many times at the same time', async () => {
    const events = Array.from({ length: 500 }, (_, n) =>
      eventOf('at.once', { id: `${n}`, subject: `s${n % 7}` }),
    );
    const responses = await Promise.all(Array.from({ length: 8 }, () => server.post(events)));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(await server.counted('at.once')).toMatchObject({ value: 500, events: 500 });
  });

  it.each([
    {
      how: 'as one object',
      headers: JSON_TYPE,
      body: (events: unknown[]) => JSON.stringify(events[0]),
      count: 1,
    },
    { how: 'as an array', headers: JSON_TYPE, body: (events: unknown[]) => JSON.stringify(events), count: 5 },
    {
      how: 'as a batch',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: (events: unknown[]) => JSON.stringify(events),
      count: 5,
    },
    {
      how: 'as lines',
      headers: NDJSON,
      body: (events: unknown[]) => events.map((event) => JSON.stringify(event)).join('\n'),
      count: 5,
    },
    {
      how: 'as gzipped lines',
      headers: { ...NDJSON, 'content-encoding': 'gzip' },
      body: (events: unknown[]) => gzipSync(events.map((event) => JSON.stringify(event)).join('\n')),
      count: 5,
    },
    {
      how: 'gzipped, without saying so',
      headers: JSON_TYPE,
      body: (events: unknown[]) => gzipSync(JSON.stringify(events)),
      count: 5,
    },
  ])('takes events $how', async ({ how, headers, body, count }) => {
    const type = `way.${how.replace(/[^a-z]/g, '')}`;
    const response = await server.post(
      body(Array.from({ length: 5 }, (_, n) => eventOf(type, { id: `${n}` }))),
      headers,
    );
    expect(response.status).toBe(202);
    expect(await server.counted(type)).toMatchObject({ events: count });
  });

  it('takes 5,000 events at once, and not one more', async () => {
    const lines = (count: number) =>
      gzipSync(
        Array.from({ length: count }, (_, n) => JSON.stringify(eventOf('many', { id: `${n}` }))).join('\n'),
      );
    expect((await server.post(lines(5_000), NDJSON)).status).toBe(202);
    const tooMany = await server.post(lines(5_001), NDJSON);
    expect(tooMany.status).toBe(413);
    expect(await tooMany.json()).toMatchObject({ code: 'too_many_events' });
    expect(await server.counted('many')).toMatchObject({ events: 5_000 });
  });

  it('counts the good events of a batch, and says what is wrong with which of the others', async () => {
    const good = (id: string) => JSON.stringify(eventOf('mixed', { id }));
    const lines = [
      good('a'),
      '{"id":',
      good('b'),
      '\u0000',
      '"text"',
      JSON.stringify(eventOf('mixed', { id: 'x', time: 'now' })),
      good('c'),
    ];
    const response = await server.post(lines.join('\n'), NDJSON);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      accepted: 3,
      rejected: [
        { index: 1, code: 'json_invalid' },
        { index: 3, code: 'json_invalid' },
        { index: 4, code: 'event_not_object' },
        { index: 5, id: 'x', code: 'time_invalid' },
      ],
    });
    expect(await server.counted('mixed')).toMatchObject({ events: 3 });
  });

  it('answers 422 when every event is rejected', async () => {
    const response = await server.post([{}, eventOf('refused', { time: '2001-01-01T00:00:00Z' })]);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      accepted: 0,
      rejected: [
        { index: 0, code: 'specversion_invalid' },
        { index: 1, id: 'id-1', code: 'time_too_old' },
      ],
    });
  });

  it.each([
    { why: 'nothing', body: '', headers: JSON_TYPE, status: 400, code: 'body_empty' },
    { why: 'no JSON', body: '{', headers: JSON_TYPE, status: 400, code: 'body_unreadable' },
    {
      why: 'truncated gzip',
      body: gzipSync('[1,2,3]').subarray(0, 12),
      headers: JSON_TYPE,
      status: 400,
      code: 'body_unreadable',
    },
    {
      why: 'bytes that are no UTF-8',
      body: Buffer.from([0x5b, 0xff, 0x5d]),
      headers: JSON_TYPE,
      status: 400,
      code: 'body_unreadable',
    },
    {
      why: 'what curl -d says',
      body: '{}',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      code: 'content_type_unsupported',
    },
    {
      why: 'what is no content type',
      body: '{}',
      headers: { 'content-type': 'json' },
      status: 415,
      code: 'content_type_unsupported',
    },
    {
      why: 'a body too large',
      body: 'x'.repeat(REQUEST_BYTES_MAX + 1),
      headers: JSON_TYPE,
      status: 413,
      code: 'body_too_large',
    },
    {
      why: 'a gzip bomb',
      body: gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      headers: JSON_TYPE,
      status: 413,
      code: 'body_too_large',
    },
  ])('refuses $why, as a problem document', async ({ body, headers, status, code }) => {
    const response = await server.post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      code,
      title: expect.any(String) as string,
      detail: expect.any(String) as string,
    });
  });

  it('takes nothing while the backlog is too large, and says when to come back', async () => {
    const full = await aServer({}, { backlogBytesMax: -1 });
    const response = await full.post(eventOfNow());
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'backlog_full' });
    expect(await (await full.get('/v1/health')).json()).toMatchObject({ status: 'full' });
  });
});

describe('the cloudevents package', () => {
  const event = (id: string, data: unknown) =>
    new CloudEvent({
      id,
      source: 'sdk',
      type: 'sdk.sent',
      subject: 'Grüße 50%',
      time: new Date().toISOString(),
      data,
    });
  const send = async ({ headers, body }: { headers: object; body: unknown }) =>
    server.post(body, headers as Record<string, string>);

  it('is understood in binary, structured and batch mode', async () => {
    const answers = [
      await send(HTTP.binary(event('binary', { value: 2 }))),
      await send(HTTP.structured(event('structured', { value: 3 }))),
      await server.post([event('one', { value: 5 }), event('two', 'text')], {
        'content-type': 'application/cloudevents-batch+json',
      }),
    ];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { accepted: 1, rejected: [] },
      { accepted: 1, rejected: [] },
      { accepted: 2, rejected: [] },
    ]);
    expect(await server.counted('sdk.sent')).toMatchObject({ value: 11, events: 4 });
  });
});
