import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ratesOf } from '../../cli/watch/rates.js';
import { aServer, eventOfNow, stopServers, type TestServer } from '../server/a-server.js';
import { runTally } from './run-tally.js';

let server: TestServer;
beforeEach(async () => {
  server = await aServer();
  await server.post([eventOfNow(), eventOfNow(), eventOfNow({ type: 'a/b' })]);
  await server.counted('page.viewed');
  await server.statsOf(2);
});
afterEach(stopServers);

test('prints a line of JSON for each look', async () => {
  const { exitCode, stdout } = await runTally(['watch', '--json', '--looks', '2', '--url', server.url]);
  expect(exitCode).toBe(0);
  const [first, second, ...rest] = stdout.trim().split('\n');
  expect(rest).toEqual([]);
  expect(JSON.parse(first ?? '')).toMatchObject({
    events: { accepted: 2, counted: 1, duplicate: 1, rejected: { type_invalid: 1 } },
    acceptedRate: null,
    counters: [{ type: 'page.viewed', value: 1, rate: null }],
  });
  expect(JSON.parse(second ?? '')).toMatchObject({ acceptedRate: 0, counters: [{ rate: 0 }] });
});

test('prints plain lines where there is no terminal', async () => {
  const { stdout } = await runTally(['watch', '--looks', '1', '--url', server.url]);
  expect(stdout).toMatch(
    /^\S+Z ok, \d+ ms behind; accepted 2 \(-\), counted 1 \(-\), duplicates 1, rejected 1\n$/,
  );
});

test('draws over what it drew before, in a terminal', async () => {
  let screen = '';
  const stdout = { write: (text: string) => (screen += text), isTTY: true };
  await runTally(['watch', 'page.viewed', '--looks', '2', '--url', server.url], { stdout });
  const [drawn = '', second = ''] = screen.split('\u001b[J');
  const [first = ''] = drawn.split('\u001b[');
  expect(screen).toContain(`\u001b[${first.split('\n').length - 1}A`);
  expect(second).toMatch(/page\.viewed +0\/s +1\n$/);
});

test('keeps to the terminal’s size, so that it can be drawn over', async () => {
  await server.post([eventOfNow({ id: 'long', type: 'x'.repeat(128) })]);
  await server.counted('x'.repeat(128));
  let screen = '';
  const stdout = { write: (text: string) => (screen += text), isTTY: true, columns: 40, rows: 8 };
  await runTally(['watch', '--looks', '1', '--url', server.url], { stdout });
  const lines = screen.split('\n').slice(0, -1);
  expect(lines).toHaveLength(7);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(40);
});

test('keeps on a terminal what it saw last, under a head that says that the server is away', async () => {
  let screen = '';
  const stdout = { write: (text: string) => (screen += text), isTTY: true };
  const sleepAndStop = { sleep: async (ms: number) => (await server.stop(), sleep(ms / 100)) };
  const run = await runTally(['watch', '--looks', '3', '--url', server.url], { stdout, ...sleepAndStop });
  const last = screen.split('\u001b[J').at(-1) ?? '';
  expect(last).toMatch(/waiting for it\n\nevents/);
  expect(last).toMatch(/page\.viewed +- +1\n$/);
  expect(run.stderr).toBe('');
});

test('says once in a stream of lines that the server is away', async () => {
  const stopped = { sleep: async (ms: number) => (await server.stop(), sleep(ms / 100)) };
  const { stderr } = await runTally(['watch', '--looks', '4', '--url', server.url], stopped);
  expect(stderr.match(/waiting for it/g)).toHaveLength(1);
});

test('watches counters and freshness where the API adds no events up, as on AWS', async () => {
  // What API Gateway says of a route that is not there; everything else is the real server's.
  const gateway = createServer((request, response) => {
    if (request.url === '/v1/stats') return void response.writeHead(404).end('{"message":"Not Found"}');
    void server.get(request.url ?? '').then(async (answer) => response.end(await answer.text()));
  });
  await new Promise<void>((listening) => gateway.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const { exitCode, stdout } = await runTally(['watch', '--looks', '1', '--url', url]);
  gateway.closeAllConnections();
  gateway.close();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\S+Z ok, \d+ ms behind; page\.viewed 1 \(-\)\n$/);
});

test('ends cleanly on Ctrl-C, even in the middle of a wait', async () => {
  const interrupted = (): Promise<void> => Promise.resolve();
  const run = await runTally(['watch', '--url', server.url], {
    interrupted,
    sleep: () => new Promise(() => {}),
  });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
});

test('waits for a server that went away, but not for one that never was', async () => {
  const stopped = { sleep: async (ms: number) => (await server.stop(), sleep(ms / 100)) };
  const run = await runTally(['watch', '--looks', '2', '--url', server.url], stopped);
  expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('waiting for it') as string });
  expect(await runTally(['watch', '--url', server.url])).toMatchObject({ exitCode: 3 });
});

test('takes rates of one server only, and of counters over restarts', () => {
  const look = (atMs: number, startedAt: string, accepted: number, value: number) => ({
    atMs,
    stats: {
      status: 'ok',
      lagMs: 0,
      backlog: { chunks: 0, bytes: 0 },
      startedAt,
      events: { accepted, counted: accepted, duplicate: 0, rejected: {} },
    },
    counters: [
      { type: 'calm', value: 1_000 },
      { type: 'busy', value },
    ],
  });
  expect(ratesOf(look(2_000, 'a', 30, 30), look(0, 'a', 10, 10))).toMatchObject({
    acceptedRate: 10,
    counters: [
      { type: 'busy', rate: 10 },
      { type: 'calm', rate: 0 },
    ],
  });
  const restarted = ratesOf(look(2_000, 'b', 5, 30), look(0, 'a', 10, 10));
  expect(restarted.acceptedRate).toBeNull();
  expect(restarted.counters[0]).toMatchObject({ type: 'busy', rate: 10 });
});
