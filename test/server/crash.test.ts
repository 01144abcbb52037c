import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { isArchiveFile, readArchiveFile } from '../../adapters/embedded/archive-file.js';
import { aServerProcess, type ServerProcess } from './a-server-process.js';
import { aServer, eventOfNow, makeDataDirectory, stopServers } from './a-server.js';

const directories: string[] = [];
const processes: ServerProcess[] = [];

afterEach(async () => {
  for (const { child } of processes.splice(0)) child.kill('SIGKILL');
  await stopServers();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function aDataDirectory(): Promise<string> {
  const directory = await makeDataDirectory();
  directories.push(directory);
  return directory;
}

async function start(dataDirectory: string, environment = {}): Promise<ServerProcess> {
  const server = await aServerProcess(dataDirectory, environment);
  processes.push(server);
  return server;
}

/** The ids in the archive's finished files, each as often as it is there. */
async function archivedIds(dataDirectory: string): Promise<string[]> {
  const events = join(dataDirectory, 'events');
  const files = (await readdir(events, { recursive: true })).filter(isArchiveFile);
  const ids: string[] = [];
  for (const file of files) {
    const lines = createInterface({ input: Readable.from(readArchiveFile(join(events, file))) });
    for await (const line of lines) ids.push((JSON.parse(line) as { id: string }).id);
  }
  return ids;
}

const BATCH_COUNT = 150;
const BATCH_EVENT_COUNT = 100;
const KILL_COUNT = 5;

/** Batches of events, each also holding events of the batch before: duplicates across requests. */
const makeBatches = (): Record<string, unknown>[][] =>
  Array.from({ length: BATCH_COUNT }, (_, batch) =>
    Array.from({ length: BATCH_EVENT_COUNT }, (_, n) => {
      const number = Math.max(batch * (BATCH_EVENT_COUNT - 5) + n, 0);
      return {
        ...eventOfNow({ id: `e${number}`, type: 'crash', subject: `s${number % 13}` }),
        data: { value: 1 + (number % 3) },
      };
    }),
  );

// Goal: what was acknowledged is counted once and archived, whenever the process dies. Method: a producer that
// resends whatever was not acknowledged, while the server is killed again and again in the middle of requests.
it('counts everything exactly once through five kills, and archives all that was acknowledged', async () => {
  const dataDirectory = await aDataDirectory();
  const batches = makeBatches();
  const times = new Map<string, unknown>();
  // An event that is in two batches is the same event: same time, too.
  for (const event of batches.flat()) {
    const id = event['id'] as string;
    event['time'] = times.get(id) ?? event['time'];
    times.set(id, event['time']);
  }
  let server = await start(dataDirectory);
  let restarting = Promise.resolve();
  let killCount = 0;
  const restart = async (): Promise<void> => {
    await server.end('SIGKILL');
    server = await start(dataDirectory);
  };
  let acknowledgedCount = 0;
  const deliver = async (batch: unknown[]): Promise<void> => {
    for (;;) {
      await restarting;
      const response = await fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      }).catch(() => undefined);
      if (response?.status !== 202) continue;
      expect(await response.json()).toEqual({ accepted: BATCH_EVENT_COUNT, rejected: [] });
      break;
    }
    acknowledgedCount++;
    if (acknowledgedCount > ((killCount + 1) * BATCH_COUNT) / (KILL_COUNT + 1) && killCount < KILL_COUNT) {
      killCount++;
      // Not awaited: the other producers are in the middle of their requests.
      restarting = restart();
    }
  };
  const queue = batches.values();
  const produce = async (): Promise<void> => {
    for (const batch of queue) await deliver(batch);
  };
  await Promise.all(Array.from({ length: 4 }, produce));
  await restarting;
  expect(killCount).toBe(KILL_COUNT);
  const stopped = await server.end('SIGTERM');
  expect(stopped.exitCode).toBe(0);

  const unique = new Map(batches.flat().map((event) => [event['id'] as string, event]));
  const expectedValue = [...unique.values()].reduce(
    (sum, event) => sum + (event['data'] as { value: number }).value,
    0,
  );
  const after = await aServer({ dataDirectory });
  expect(await after.counted('crash')).toMatchObject({ value: expectedValue, events: unique.size });
  const ofSubject = [...unique.values()].filter((event) => event['subject'] === 's7');
  expect(await after.counted('crash', '?subject=s7')).toMatchObject({ events: ofSubject.length });
  expect(new Set(await archivedIds(dataDirectory))).toEqual(new Set(unique.keys()));
});

it('finishes on SIGTERM what was acknowledged: counted and archived, with exit code 0', async () => {
  const dataDirectory = await aDataDirectory();
  const server = await start(dataDirectory);
  const events = Array.from({ length: 1_000 }, (_, n) => eventOfNow({ id: `e${n}`, type: 'last' }));
  const response = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(response.status).toBe(202);
  expect((await server.end('SIGTERM')).exitCode).toBe(0);
  expect(await archivedIds(dataDirectory)).toHaveLength(1_000);
  const after = await aServer({ dataDirectory });
  const reply = await after.get('/v1/counters/last');
  // At once: nothing was left to count.
  expect(await reply.json()).toMatchObject({ events: 1_000 });
});

it('refuses a second server on the same data, naming the first', async () => {
  const dataDirectory = await aDataDirectory();
  const { child } = await start(dataDirectory);
  await expect(start(dataDirectory)).rejects.toThrow(
    `data_in_use: ${dataDirectory} is in use by another server (process ${child.pid})`,
  );
});

it('says on one line each what is wrong with its settings', async () => {
  const dataDirectory = await aDataDirectory();
  const wrong = start(dataDirectory, { TALLY_PORT: 'x', TALLY_LANE: '4' });
  await expect(wrong).rejects.toThrow(
    /^tally: can't start: config_invalid: TALLY_PORT is "x".*\nthere is no setting TALLY_LANE; did you mean TALLY_LANES\?\n$/,
  );
});

it('refuses settings that disagree with the data', async () => {
  const dataDirectory = await aDataDirectory();
  const first = await aServer({ dataDirectory, laneCount: 4 });
  await first.stop();
  await expect(aServer({ dataDirectory, laneCount: 8 })).rejects.toMatchObject({ code: 'settings_disagree' });
  const again = await aServer({ dataDirectory, laneCount: 4 });
  expect((await again.get('/v1/health')).status).toBe(200);
});

it('starts its clock where it is told to, and lets it run on', async () => {
  const clockStartMs = Date.parse('2026-03-31T23:00:00Z');
  const server = await aServer({ clockStartMs });
  const event = eventOfNow({ type: 'then', time: '2026-03-31T22:59:00Z' });
  expect((await server.post(event)).status).toBe(202);
  expect((await server.post(eventOfNow({ time: '2026-03-31T23:30:00Z' }))).status).toBe(422);
  const { events, asOf } = await server.counted('then');
  expect(events).toBe(1);
  expect(Date.parse(asOf)).toBeGreaterThan(clockStartMs);
});

it('goes on, and says so, while a reader fails; and recovers by itself', async () => {
  const dataDirectory = await aDataDirectory();
  // A file where the archive wants its directory.
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(join(dataDirectory, 'events'), '');
  const server = await aServer({ dataDirectory });
  expect((await server.post(eventOfNow({ type: 'through' }))).status).toBe(202);
  const status = async (): Promise<unknown> => {
    const health = (await (await server.get('/v1/health')).json()) as {
      status: string;
      readers: { archive: string };
    };
    return `${health.status} ${health.readers.archive}`;
  };
  const until = async (wanted: string): Promise<void> => {
    while ((await status()) !== wanted) await new Promise((resolve) => setImmediate(resolve));
  };
  await until('degraded failing');
  expect(await server.counted('through')).toMatchObject({ events: 1 });
  await rm(join(dataDirectory, 'events'));
  await until('ok running');
  await server.stop();
  expect(await archivedIds(dataDirectory)).toEqual(['id-1']);
});
