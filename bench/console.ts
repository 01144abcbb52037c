/** What watching costs: the same server under full load, in turns without anybody who looks and with a console and a scraper. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS } from '../core/metric-names.js';
import { formatInstant, MINUTE_MS } from '../core/time.js';
import { PrometheusMetrics } from '../server/prometheus-metrics.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';
import { LOAD_TYPE, LoadBodies, LoadConnection, PER_REQUEST } from './load.js';
import { ServerProcess } from './server-process.js';

/** Many short ones: what else the machine does changes slowly, and so meets both of a pair alike. */
const PAIRS = 20;
const ROUND_MS = 2_000;
const CONNECTIONS = 16;
const POLL_MS = 5;
/** Rounds of a pair take turns in this order, so that a machine that slows down or speeds up favours nobody. */
const ORDERS = [
  [false, true],
  [true, false],
] as const;

/** The first pair warms up, and is not reported. */
export const consoleBench: Bench = {
  name: 'console',
  varies: 'whether a console is open and /metrics is scraped',
  reports: 'throughput and CPU per event of the embedded server with and without, in pairs',
  run: async (io) => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'tally-bench-'));
    const server = await ServerProcess.start(dataDirectory);
    try {
      const pairs = await measurePairs(server, io);
      io.progress('what each look costs');
      const looks = await measureLooks(server);
      const rounds = pairs.slice(1);
      return [pairsTable(rounds), looksTable(looks, rounds), addTable(rounds)];
    } finally {
      await server.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
      io.progress('');
    }
  },
};

interface Round {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  /** Answers given to those who look. */
  readonly lookCount: number;
}

interface Pair {
  readonly alone: Round;
  readonly watched: Round;
}

async function measurePairs(server: ServerProcess, io: BenchIo): Promise<Pair[]> {
  const load = new LoadBodies(process.pid);
  const pairs: Pair[] = [];
  for (let pair = 0; pair <= PAIRS; pair++) {
    const rounds = new Map<boolean, Round>();
    for (const isWatched of ORDERS[pair % 2] ?? []) {
      io.progress(`pair ${pair} of ${PAIRS}, ${isWatched ? 'watched' : 'alone'}`);
      rounds.set(isWatched, await runRound(server, load, isWatched));
    }
    pairs.push({ alone: rounds.get(false) as Round, watched: rounds.get(true) as Round });
  }
  return pairs;
}

async function runRound(server: ServerProcess, load: LoadBodies, isWatched: boolean): Promise<Round> {
  const cpuBefore = totalOf(server.cpuMs());
  const startMs = performance.now();
  const ending = new AbortController();
  const looking = isWatched ? lookAt(server.url, ending.signal) : Promise.resolve(0);
  const requestCounts = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => sendUntil(startMs + ROUND_MS, server.url, load)),
  );
  const eventCount = requestCounts.reduce((sum, count) => sum + count, 0) * PER_REQUEST;
  await untilCounted(server.url);
  const tookMs = performance.now() - startMs;
  ending.abort();
  const lookCount = await looking;
  return {
    eventsPerSecond: (eventCount * 1_000) / tookMs,
    cpuUsPerEvent: ((totalOf(server.cpuMs()) - cpuBefore) * 1_000) / eventCount,
    lookCount,
  };
}

async function sendUntil(endMs: number, url: string, load: LoadBodies): Promise<number> {
  const connection = await LoadConnection.open(url, load);
  let requestCount = 0;
  for (; performance.now() < endMs; requestCount++) await connection.send(Date.now());
  connection.close();
  return requestCount;
}

/** As console/ asks while it is open, and as often; and a Prometheus that is three times as eager as by default. */
type Look = readonly [everyMs: number, path: () => string];

const LOOKS: readonly Look[] = [
  [1_000, () => '/v1/stats'],
  [1_000, () => `/v1/counters/${LOAD_TYPE}`],
  [1_000, () => `/v1/counters/${LOAD_TYPE}?granularity=PT1M&limit=121&from=${twoHoursAgo()}`],
  [3_000, () => '/v1/counters?limit=10000'],
  [5_000, () => '/v1/days'],
  [5_000, () => '/metrics'],
];

/** Where the console's chart by minute begins. */
const twoHoursAgo = (): string =>
  formatInstant(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 119 * MINUTE_MS);

async function lookAt(url: string, ending: AbortSignal): Promise<number> {
  const counts = await Promise.all(
    LOOKS.map(([everyMs, path]) => lookEvery(everyMs, () => url + path(), ending)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function lookEvery(everyMs: number, urlNow: () => string, ending: AbortSignal): Promise<number> {
  let lookCount = 0;
  while (!ending.aborted) {
    const url = urlNow();
    const response = await fetch(url);
    await response.text();
    if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
    lookCount++;
    await sleep(everyMs, undefined, { signal: ending }).catch(() => undefined);
  }
  return lookCount;
}

const LOOKS_MEASURED = 200;

/** Server CPU ms of one answer, by look: one after the other, over what the load has left behind. */
async function measureLooks(server: ServerProcess): Promise<number[]> {
  const costs: number[] = [];
  for (const [, path] of LOOKS) {
    const before = totalOf(server.cpuMs());
    for (let look = 0; look < LOOKS_MEASURED; look++) await (await fetch(server.url + path())).text();
    costs.push((totalOf(server.cpuMs()) - before) / LOOKS_MEASURED);
  }
  return costs;
}

async function untilCounted(url: string): Promise<void> {
  for (;;) {
    const { lagMs } = (await (await fetch(`${url}/v1/health`)).json()) as { lagMs: number };
    if (lagMs < POLL_MS) return;
    await sleep(POLL_MS);
  }
}

const totalOf = (cpuMs: ReadonlyMap<string, number>): number =>
  [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);

function pairsTable(pairs: readonly Pair[]): BenchTable {
  const lookCount = pairs.reduce((sum, { watched }) => sum + watched.lookCount, 0);
  return {
    title: `Watching a server under full load: ${pairs.length} pairs of ${ROUND_MS / 1_000} s each, ${CONNECTIONS} connections`,
    head: ['what', 'alone', 'watched', 'watched ÷ alone', 'quartiles', 'cost %'],
    rows: [
      ratioRow('events per second', pairs, ({ eventsPerSecond }) => eventsPerSecond, -1),
      ratioRow('server CPU µs per event', pairs, ({ cpuUsPerEvent }) => cpuUsPerEvent, 1),
    ],
    notes: [
      'Medians; the ratio is the median of the pairs’ ratios. Events per second are until all of a round were counted.',
      `Watched: all that one open console asks, as often as it does, and /metrics every 5 s, or oftener, as each round begins with all of it: ${lookCount} answers in all.`,
    ],
  };
}

function ratioRow(
  name: string,
  pairs: readonly Pair[],
  of: (round: Round) => number,
  costs: 1 | -1,
): (string | number)[] {
  const ratios = pairs.map(({ alone, watched }) => of(watched) / of(alone));
  const ratio = quantile(ratios, 0.5);
  return [
    name,
    rounded(
      quantile(
        pairs.map(({ alone }) => of(alone)),
        0.5,
      ),
    ),
    rounded(
      quantile(
        pairs.map(({ watched }) => of(watched)),
        0.5,
      ),
    ),
    ratio.toFixed(3),
    `${quantile(ratios, 0.25).toFixed(3)} to ${quantile(ratios, 0.75).toFixed(3)}`,
    (100 * costs * (ratio - 1)).toFixed(1),
  ];
}

const rounded = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toFixed(2));

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below = NaN, above = below] = sorted.slice(Math.floor(place), Math.floor(place) + 2);
  return below + (above - below) * (place - Math.floor(place));
}

function looksTable(costs: readonly number[], pairs: readonly Pair[]): BenchTable {
  const perSecond = costs.map((ms, index) => (ms * 1_000) / (LOOKS[index]?.[0] ?? Infinity));
  const sum = perSecond.reduce((total, ms) => total + ms, 0);
  const loadMs = quantile(
    pairs.map(({ alone }) => (alone.cpuUsPerEvent * alone.eventsPerSecond) / 1_000),
    0.5,
  );
  return {
    title: 'The same by addition: server CPU of each answer',
    head: ['what is asked', 'every s', 'CPU ms each', 'CPU ms per second'],
    rows: [
      ...LOOKS.map(([everyMs, path], index) => [
        path().split('?', 1)[0] ?? '',
        everyMs / 1_000,
        (costs[index] ?? 0).toFixed(2),
        (perSecond[index] ?? 0).toFixed(2),
      ]),
      ['all', '', '', sum.toFixed(2)],
    ],
    notes: [
      `Of the ${Math.round(loadMs)} CPU ms per second of the load alone, all is ${((100 * sum) / loadMs).toFixed(2)} %.`,
    ],
  };
}

const ADDS = 1_000_000;
/** Accepted; counted, duplicates and entries, at the worst of as many batches as requests. */
const ADDS_PER_REQUEST = 4;

/** The metrics themselves can't be turned off, so what they cost is computed: sums are added once for a request, not for an event. */
function addTable(pairs: readonly Pair[]): BenchTable {
  const metrics = new PrometheusMetrics();
  const before = process.cpuUsage();
  for (let add = 0; add < ADDS; add++) metrics.add(METRICS.eventsAccepted, PER_REQUEST);
  const { user, system } = process.cpuUsage(before);
  const usPerEvent = ((user + system) / ADDS) * (ADDS_PER_REQUEST / PER_REQUEST);
  const ofEvent = quantile(
    pairs.map(({ alone }) => alone.cpuUsPerEvent),
    0.5,
  );
  return {
    title: `Metrics on the hot path: ${ADDS_PER_REQUEST} sums for each request of ${PER_REQUEST} events`,
    head: ['CPU µs per event', 'share of an event’s CPU %'],
    rows: [[usPerEvent.toFixed(5), ((100 * usPerEvent) / ofEvent).toFixed(3)]],
    notes: [],
  };
}
