/** Real servers for tests: in this process, on a free port, over a data directory of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, type ServerConfig } from '../../server/config.js';
import { startServer, type RunningServer, type ServerOptions } from '../../server/server.js';

export interface TestServer extends RunningServer {
  readonly dataDirectory: string;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** What a counter says once everything accepted until now is in it. */
  counted(type: string, query?: string): Promise<CounterReply>;
  /** What the server has done, once counting, which tells just after it has counted, has told of so many events. */
  statsOf(eventCount: number): Promise<StatsReply>;
}

export interface StatsReply {
  readonly events: { readonly accepted: number; readonly counted: number; readonly duplicate: number };
}

export interface CounterReply {
  readonly value: number;
  readonly events: number;
  readonly lagMs: number;
  readonly asOf: string;
  readonly rows: readonly { readonly from: string; readonly value: number; readonly events: number }[];
}

export const makeDataDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'tally-test-'));

const open: { stop(): Promise<void> }[] = [];
const directories: string[] = [];

/** Start a server that `stopServers` stops, unless the test did. */
export async function aServer(
  config: Partial<ServerConfig> = {},
  options: ServerOptions = {},
): Promise<TestServer> {
  const dataDirectory = config.dataDirectory ?? (await makeDataDirectory());
  directories.push(dataDirectory);
  const server = await startServer({ ...readConfig({}), port: 0, ...config, dataDirectory }, options);
  open.push(server);
  const get = (path: string, headers = {}): Promise<Response> => fetch(server.url + path, { headers });
  return {
    ...server,
    dataDirectory,
    get,
    post: (body, headers = { 'content-type': 'application/json' }) =>
      fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: bodyOf(body) }),
    counted: async (type, query = '') => {
      await untilCounted(get);
      return (await (await get(`/v1/counters/${type}${query}`)).json()) as CounterReply;
    },
    statsOf: async (eventCount) => {
      for (;;) {
        const stats = (await (await get('/v1/stats')).json()) as StatsReply;
        if (stats.events.counted + stats.events.duplicate >= eventCount) return stats;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const bodyOf = (body: unknown): string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);

/** Waits for the counting thread, by asking: everything accepted before now is counted when `asOf` has reached now. */
async function untilCounted(get: TestServer['get']): Promise<void> {
  const asOf = async (): Promise<number> => {
    const { asOf: instant } = (await (await get('/v1/counters/any')).json()) as CounterReply;
    return Date.parse(instant);
  };
  const { asOf: instant, lagMs } = (await (await get('/v1/counters/any')).json()) as CounterReply;
  const nowMs = Date.parse(instant) + lagMs;
  while ((await asOf()) < nowMs) await new Promise((resolve) => setImmediate(resolve));
}

/** For `afterEach`. */
export async function stopServers(): Promise<void> {
  for (const server of open.splice(0)) await server.stop();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
}

/** An event of now, by the machine's clock: servers under test run on it. */
export const eventOfNow = (given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  specversion: '1.0',
  id: 'id-1',
  source: 'web-1',
  type: 'page.viewed',
  subject: '/home',
  time: new Date().toISOString(),
  ...given,
});
