import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isArchiveFile, readArchiveFile } from '../adapters/embedded/archive-file.js';
import { readConfig } from '../server/config.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';
import { LOAD_COUNTERS, LOAD_TYPE, LoadBodies, LoadConnection, PER_REQUEST, subjectOf } from './load.js';
import { ServerProcess } from './server-process.js';

const EVENTS = 10_000_000;
const CONNECTIONS = 32;
const WATCH_MS = 250;
const HALF_LOAD_MS = 20_000;

/** The whole embedded engine under load: real process, real HTTP, real disk. */
export const throughput: Bench = {
  name: 'throughput',
  varies: 'nothing',
  reports:
    'events/s accepted, counted and archived over HTTP, CPU by thread, memory, time from 202 to visible',
  run: async (io) => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'tally-bench-'));
    try {
      return await measure(dataDirectory, io);
    } finally {
      rmSync(dataDirectory, { recursive: true, force: true });
      io.progress('');
    }
  },
};

async function measure(dataDirectory: string, io: BenchIo): Promise<BenchTable[]> {
  const server = await ServerProcess.start(
    dataDirectory,
    (process.env['TALLY_BENCH_NODE'] ?? '').split(' ').filter(Boolean),
  );
  const load = new LoadBodies(process.pid);
  const full = await runFullLoad(server, load, io.eventCount ?? EVENTS, io);
  const half = await runHalfLoad(server, load, full.eventsPerSecond / 2, io);
  io.progress('comparing counters and archive');
  await untilCounted(server.url);
  const wrongCount = await countWrong(server.url, load);
  await server.stop();
  const archived = await countLines(dataDirectory);
  const sentCount = full.eventCount + half.eventCount;
  if (wrongCount > 0 || archived !== sentCount + half.probeCount) {
    throw new Error(
      `not exact: ${wrongCount} counters differ, ${archived} lines archived of ${sentCount + half.probeCount}`,
    );
  }
  return [throughputTable(full), cpuTable(full), latencyTable(half), memoryTable(full)];
}

/**
 * Events per second until the last one is counted, on data of its own.
 *
 * @param warmUpCount events that are counted first and not timed.
 */
export async function loadTally(eventCount: number, warmUpCount: number, io: BenchIo): Promise<number> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tally-bench-'));
  try {
    const server = await ServerProcess.start(dataDirectory);
    const load = new LoadBodies(process.pid);
    await runFullLoad(server, load, warmUpCount, io);
    const full = await runFullLoad(server, load, eventCount, io);
    const wrongCount = await countWrong(server.url, load);
    await server.stop();
    if (wrongCount > 0) throw new Error(`not exact: ${wrongCount} counters differ`);
    return full.countedPerSecond;
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

interface FullLoad {
  readonly eventCount: number;
  /** Until the last event was accepted. */
  readonly eventsPerSecond: number;
  /** Until the last event was counted. */
  readonly countedPerSecond: number;
  readonly cpuMsByThread: ReadonlyMap<string, number>;
  readonly generatorCpuMs: number;
  readonly memory: { own: number; files: number };
}

async function runFullLoad(
  server: ServerProcess,
  load: LoadBodies,
  eventCount: number,
  io: BenchIo,
): Promise<FullLoad> {
  const memory = { own: 0, files: 0 };
  const watch = setInterval(() => {
    const now = server.memoryMb();
    memory.own = Math.max(memory.own, now.own);
    memory.files = Math.max(memory.files, now.files);
  }, WATCH_MS);
  const cpuBefore = server.cpuMs();
  const ownBefore = process.cpuUsage();
  const startMs = performance.now();
  const requestCount = await sendAll(server.url, load, Math.ceil(eventCount / PER_REQUEST), io);
  const acceptedMs = performance.now() - startMs;
  await untilCounted(server.url);
  const countedMs = performance.now() - startMs;
  clearInterval(watch);
  const own = process.cpuUsage(ownBefore);
  const sentCount = requestCount * PER_REQUEST;
  return {
    eventCount: sentCount,
    eventsPerSecond: (sentCount / acceptedMs) * 1_000,
    countedPerSecond: (sentCount / countedMs) * 1_000,
    cpuMsByThread: minus(server.cpuMs(), cpuBefore),
    generatorCpuMs: (own.user + own.system) / 1_000,
    memory,
  };
}

/** Connections send as fast as they are answered. */
async function sendAll(url: string, load: LoadBodies, requestCount: number, io: BenchIo): Promise<number> {
  let begun = 0;
  const sendInTurn = async (): Promise<void> => {
    const connection = await LoadConnection.open(url, load);
    while (begun++ < requestCount) {
      await connection.send(Date.now());
      if (begun % 1_000 === 0) io.progress(`${begun} of ${requestCount} requests`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendInTurn));
  return requestCount;
}

interface HalfLoad {
  readonly eventCount: number;
  readonly eventsPerSecond: number;
  readonly probeCount: number;
  /** From the 202 of one event to the first answer that shows it, in order. */
  readonly visibleMs: readonly number[];
}

async function runHalfLoad(
  server: ServerProcess,
  load: LoadBodies,
  eventsPerSecond: number,
  io: BenchIo,
): Promise<HalfLoad> {
  io.progress('half the load, with probes');
  const startMs = performance.now();
  const endMs = startMs + HALF_LOAD_MS;
  let requestCount = 0;
  const sendAtPace = async (): Promise<void> => {
    const connection = await LoadConnection.open(server.url, load);
    for (;;) {
      const dueMs = startMs + (requestCount * PER_REQUEST * 1_000) / eventsPerSecond;
      if (dueMs >= endMs) break;
      requestCount++;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      await connection.send(Date.now());
    }
    connection.close();
  };
  const visibleMs: number[] = [];
  const probing = (async () => {
    while (performance.now() < endMs) visibleMs.push(await probe(server.url, visibleMs.length));
  })();
  await Promise.all([probing, ...Array.from({ length: CONNECTIONS }, sendAtPace)]);
  const eventCount = requestCount * PER_REQUEST;
  visibleMs.sort((a, b) => a - b);
  return { eventCount, eventsPerSecond, probeCount: visibleMs.length, visibleMs };
}

const PROBE_TYPE = 'probe';
const POLL_MS = 5;

async function probe(url: string, number: number): Promise<number> {
  const event = {
    ...{ specversion: '1.0', id: `${number}`, source: 'bench', type: PROBE_TYPE, subject: `p${number}` },
    time: new Date().toISOString(),
  };
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  if (response.status !== 202) throw new Error(`a probe was answered ${response.status}`);
  await response.arrayBuffer();
  const acceptedMs = performance.now();
  while ((await valueOf(url, `${PROBE_TYPE}?subject=p${number}`)) === 0) await sleep(POLL_MS);
  return performance.now() - acceptedMs;
}

async function valueOf(url: string, counter: string): Promise<number> {
  const response = await fetch(`${url}/v1/counters/${counter}`);
  return ((await response.json()) as { value: number }).value;
}

async function untilCounted(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/health`);
    const health = (await response.json()) as { lagMs: number };
    if (health.lagMs < POLL_MS) return;
    await sleep(POLL_MS);
  }
}

async function countWrong(url: string, load: LoadBodies): Promise<number> {
  let wrongCount = (await valueOf(url, LOAD_TYPE)) === load.freshCount ? 0 : 1;
  for (let counter = 0; counter < LOAD_COUNTERS; counter++) {
    const value = await valueOf(url, `${LOAD_TYPE}?subject=${subjectOf(counter)}`);
    if (value !== load.expected[counter]) wrongCount++;
  }
  return wrongCount;
}

const NEWLINE = 0x0a;

async function countLines(dataDirectory: string): Promise<number> {
  const directory = join(dataDirectory, 'events');
  const names = readdirSync(directory, { recursive: true }) as string[];
  let lineCount = 0;
  for (const name of names.filter(isArchiveFile)) {
    for await (const bytes of readArchiveFile(join(directory, name))) {
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lineCount++;
    }
  }
  return lineCount;
}

function minus(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}

const throughputTable = (full: FullLoad): BenchTable => ({
  title: `${full.eventCount} events, ${PER_REQUEST} a request, ${CONNECTIONS} connections, ${LOAD_COUNTERS} counters, 5 % duplicates`,
  head: ['until', 'events per second'],
  rows: [
    ['accepted (202: durable)', Math.round(full.eventsPerSecond)],
    ['counted, too', Math.round(full.countedPerSecond)],
  ],
  notes: [
    `Chunks are ${readConfig({}).compression}.`,
    'Every counter and every line of the archive was compared with what was sent; a difference fails the bench.',
  ],
});

const cpuTable = (full: FullLoad): BenchTable => {
  const perEvent = (ms: number): string => ((ms * 1_000) / full.eventCount).toFixed(2);
  const threads = [...full.cpuMsByThread].filter(([, ms]) => ms > 0).sort((a, b) => b[1] - a[1]);
  const totalMs = threads.reduce((sum, [, ms]) => sum + ms, full.generatorCpuMs);
  return {
    title: 'CPU by thread of the server',
    head: ['thread', 'CPU µs per event'],
    rows: [
      ...threads.map(([name, ms]) => [name, perEvent(ms)]),
      ['the load generator', perEvent(full.generatorCpuMs)],
      ['all', perEvent(totalMs)],
    ],
    notes: [],
  };
};

const latencyTable = (half: HalfLoad): BenchTable => {
  const at = (share: number): number =>
    Math.round(
      half.visibleMs[Math.min(half.visibleMs.length - 1, Math.floor(half.visibleMs.length * share))] ?? 0,
    );
  return {
    title: `From 202 to visible at ${Math.round(half.eventsPerSecond)} events/s, ${half.probeCount} probes`,
    head: ['p50 ms', 'p90 ms', 'p99 ms', 'worst ms'],
    rows: [[at(0.5), at(0.9), at(0.99), at(1)]],
    notes: [`The answer is asked for every ${POLL_MS} ms.`],
  };
};

const memoryTable = (full: FullLoad): BenchTable => ({
  title: 'Most memory under full load',
  head: ['its own MB', 'pages of its files MB'],
  rows: [[full.memory.own, full.memory.files]],
  notes: ['Pages of files are LMDB maps: they count as resident, and the system takes them back at will.'],
});
