import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { aServer, eventOfNow, stopServers, type TestServer } from './a-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await aServer({}, { timeouts: { headersMs: 200, requestMs: 200, idleMs: 1_000, checkMs: 50 } });
});
afterAll(stopServers);

const socket = (): Socket => connect(Number(new URL(server.url).port), '127.0.0.1');

/** Send bytes as they are, and read until the server hangs up. */
async function exchange(...parts: string[]): Promise<string> {
  const client = socket();
  let received = '';
  client.on('data', (data: Buffer) => (received += data.toString()));
  for (const part of parts) client.write(part);
  await once(client, 'close');
  return received;
}

const HEAD = 'POST /v1/events HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\n';

describe('HTTP', () => {
  it.each([
    { path: '/v1/nothing', status: 404, code: 'not_found' },
    { path: '/nothing', status: 404, code: 'not_found' },
    { path: '/v1/counters/a%2Fb', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters/a?form=2026-01-01', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters/a?from=yesterday', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters/a?granularity=PT5M', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters/a?from=2026-01-01&from=2026-01-02', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters?limit=0', status: 400, code: 'parameter_invalid' },
    { path: '/v1/counters/%', status: 400, code: 'parameter_invalid' },
  ])('answers GET $path with $status', async ({ path, status, code }) => {
    const response = await server.get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code });
  });

  it.each([
    { method: 'GET', path: '/v1/events', allow: 'POST' },
    { method: 'DELETE', path: '/v1/counters/a', allow: 'GET, HEAD' },
    { method: 'POST', path: '/v1/catalog/a', allow: 'PUT' },
    { method: 'POST', path: '/v1/health', allow: 'GET, HEAD' },
  ])('answers $method $path with 405', async ({ method, path, allow }) => {
    const response = await fetch(server.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('answers HEAD like GET, without the body', async () => {
    const response = await fetch(`${server.url}/v1/health`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('reads a type of 128 characters', async () => {
    expect((await server.get(`/v1/counters/${'x'.repeat(128)}`)).status).toBe(200);
  });

  it('describes a type', async () => {
    const put = (body: string) => fetch(`${server.url}/v1/catalog/described`, { method: 'PUT', body });
    expect(await (await put('{"unit":"views","owner":"me"}')).json()).toMatchObject({
      type: 'described',
      unit: 'views',
    });
    expect(await (await put('{"owner":""}')).json()).not.toHaveProperty('owner');
    expect(await (await server.get('/v1/counters')).json()).toMatchObject({
      types: [{ type: 'described', unit: 'views' }],
      next: null,
    });
    expect((await put('{"Unit":1}')).status).toBe(400);
    expect((await put('')).status).toBe(400);
    expect((await put('x'.repeat(70_000))).status).toBe(413);
  });

  it('says how it is, in numbers', async () => {
    await server.post(eventOfNow({ type: 'measured' }));
    await server.counted('measured');
    const metrics = await (await server.get('/metrics')).text();
    expect(metrics).toMatch(/^tally_events_accepted_total [1-9]/m);
    expect(metrics).toMatch(/^tally_backlog_bytes \d+$/m);
    expect(await (await server.get('/v1/health')).json()).toMatchObject({
      status: 'ok',
      readers: { count: 'running', archive: 'running' },
    });
  });

  it.each([
    { why: 'a flood of headers', parts: [HEAD, `x: ${'y'.repeat(100_000)}\r\n\r\n`], status: 431 },
    { why: 'what is not HTTP', parts: ['\x16\x03\x01 hello\r\n\r\n'], status: 400 },
    { why: 'headers that never end', parts: [HEAD], status: 408 },
    { why: 'a body that never ends', parts: [HEAD, 'content-length: 100\r\n\r\n{'], status: 408 },
    {
      why: 'a body longer than is accepted, before it is sent',
      parts: [HEAD, 'content-length: 99999999\r\nconnection: close\r\n\r\n'],
      status: 413,
    },
  ])('cuts off $why', async ({ parts, status }) => {
    expect(await exchange(...parts)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await server.get('/v1/health')).status).toBe(200);
  });

  it('is not held up by a client that leaves in the middle', async () => {
    const client = socket();
    client.write(`${HEAD}content-length: 1000\r\n\r\n{"spec`, () => client.destroy());
    await once(client, 'close');
    expect((await server.post(eventOfNow({ type: 'after' }))).status).toBe(202);
  });
});
