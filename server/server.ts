/** The embedded engine in one process: ingest and queries here, counting and archive in threads of their own. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { FileReceiptSink } from '../adapters/embedded/file-receipt-sink.js';
import { HighWaterClock } from '../adapters/embedded/high-water-clock.js';
import { LmdbCatalog } from '../adapters/embedded/lmdb-catalog.js';
import { LmdbCounters } from '../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../adapters/embedded/lmdb-days.js';
import { LmdbKeys } from '../adapters/embedded/lmdb-keys.js';
import { LmdbLedger } from '../adapters/embedded/lmdb-ledger.js';
import { LmdbSealWriter } from '../adapters/embedded/lmdb-seal-writer.js';
import { LmdbSettings } from '../adapters/embedded/lmdb-settings.js';
import { LmdbStream } from '../adapters/embedded/lmdb-stream.js';
import { LmdbTotals } from '../adapters/embedded/lmdb-totals.js';
import { openCountData, openStreamData, type CountData } from '../adapters/embedded/open-data.js';
import { TallyError } from '../core/errors.js';
import { makeIngest } from '../core/ingest.js';
import type { Clock } from '../core/ports.js';
import { agreeOnSettings, type Settings } from '../core/settings.js';
import { SECOND_MS } from '../core/time.js';
import { AuditSchedule } from './audit/audit-schedule.js';
import { BACKLOG_BYTES_MAX, BackPressure } from './back-pressure.js';
import { Closers } from './closers.js';
import type { ServerConfig } from './config.js';
import { lockData } from './data-lock.js';
import { readHealth } from './health.js';
import { makeApp, type Timeouts } from './http/app.js';
import { KeyGate } from './http/key-gate.js';
import { PrometheusMetrics } from './prometheus-metrics.js';
import { Readers } from './readers/readers.js';
import { StreamFreshness } from './stream-freshness.js';
import { STREAM_RETENTION_MS } from './stream-retention.js';
import { monotonicMs, timeSourcesOf, type ClockStart } from './time-sources.js';

export interface ServerOptions {
  /** @default 256 MiB of chunks */
  readonly backlogBytesMax?: number;
  readonly timeouts?: Timeouts;
}

export interface RunningServer {
  readonly url: string;
  readonly clock: Clock;
  /** Whether requests need a key, as of now. */
  readonly needsKey: boolean;
  /** Take no more requests, count and archive all that was acknowledged, let go of the data. */
  stop(): Promise<void>;
}

/**
 * Start a server.
 *
 * @throws {TallyError} `data_in_use`, `settings_disagree`, `keys_required`; nothing is left open then.
 */
export async function startServer(config: ServerConfig, options: ServerOptions = {}): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await start(config, options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(config: ServerConfig, options: ServerOptions, closers: Closers): Promise<RunningServer> {
  const { dataDirectory } = config;
  const data = await openData(dataDirectory, closers);
  const streamData = openStreamData(dataDirectory);
  closers.add(() => streamData.environment.close());
  const clockStart = clockStartOf(config);
  const clock = new HighWaterClock({ data: streamData, sources: timeSourcesOf(clockStart) });
  // Commands that work on the data beside the server take the time from where it is stored.
  await clock.tick();
  const settings = await agreeOnSettings(new LmdbSettings(data), config, clock);
  const gate = new KeyGate(new LmdbKeys(data), isLoopback(config.host));
  await requireKeys(config, gate);

  const stream = new LmdbStream(streamData);
  const metrics = new PrometheusMetrics();
  const workerData = { dataDirectory, settings, ...(clockStart === undefined ? {} : { clockStart }) };
  const readers = new Readers(workerData, stream, metrics);
  closers.add(() => readers.stop());
  readers.start();
  const schedule = new AuditSchedule({ workerData, clock, metrics, auditAtMs: config.auditAtMs });
  closers.add(() => schedule.stop());
  schedule.start();
  const receipts = new FileReceiptSink({ dataDirectory, startedAtMs: clock.nowMs() });
  closers.add(() => receipts.close());
  const app = makeApp({
    gate,
    deps: makeDeps({ config, data, stream, clock, settings, metrics, readers, receipts }, options),
    ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
  });
  closers.add(() => closeApp(app));
  closers.add(keepClock(clock));
  await listen(app, config);
  return {
    url: urlOf(config.host, app.server.address() as AddressInfo),
    clock,
    needsKey: !isLoopback(config.host) || (await gate.hasKeys()),
    stop: () => closers.closeAll(),
  };
}

async function openData(dataDirectory: string, closers: Closers): Promise<CountData> {
  mkdirSync(dataDirectory, { recursive: true });
  const data = openCountData(dataDirectory);
  closers.add(() => data.environment.close());
  const lock = await lockData(data.environment, dataDirectory);
  closers.add(() => lock.release());
  return data;
}

const clockStartOf = ({ clockStartMs }: ServerConfig): ClockStart | undefined =>
  clockStartMs === undefined ? undefined : { instantMs: clockStartMs, atMonotonicMs: monotonicMs() };

interface Parts {
  readonly config: ServerConfig;
  readonly data: CountData;
  readonly stream: LmdbStream;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly metrics: PrometheusMetrics;
  readonly readers: Readers;
  readonly receipts: FileReceiptSink;
}

function makeDeps(
  { config, data, stream, clock, settings, metrics, readers, receipts }: Parts,
  options: ServerOptions,
) {
  const backlogBytesMax = options.backlogBytesMax ?? BACKLOG_BYTES_MAX;
  const days = new LmdbDays(data);
  const freshness = new StreamFreshness(stream, clock);
  const ledger = new LmdbLedger(data);
  return {
    ingest: makeIngest({
      stream: new BackPressure(stream, backlogBytesMax, () => {
        readers.notify();
      }),
      clock,
      days,
      settings,
      metrics,
      receipts,
      makeChunkId: randomUUID,
      stripeCount: 1,
      hasSheets: true,
      compression: config.compression,
    }),
    query: {
      counters: new LmdbCounters(data, clock),
      totals: new LmdbTotals(data),
      days,
      freshness,
      clock,
      settings,
      streamRetentionMs: STREAM_RETENTION_MS,
    },
    catalog: new LmdbCatalog(data),
    ledger,
    tops: new LmdbSealWriter(data),
    settings,
    clock,
    health: () =>
      readHealth({
        clock,
        days,
        ledger,
        settings,
        freshness,
        stream,
        backlogBytesMax,
        isFailing: (reader) => readers.isFailing(reader),
      }),
    metrics,
    startedAtMs: clock.nowMs(),
  };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

async function requireKeys({ host }: ServerConfig, gate: KeyGate): Promise<void> {
  if (isLoopback(host) || (await gate.hasKeys())) return;
  throw new TallyError(
    'keys_required',
    `TALLY_HOST is ${host}, which others can reach, and there are no keys; ` +
      'make one with tally keys create, or listen on 127.0.0.1',
  );
}

const CLOCK_TICK_MS = SECOND_MS;

/** Stores how far the clock has come, once a second. A failure to store is met again by the next put, and told there. */
function keepClock(clock: HighWaterClock): () => Promise<void> {
  let ticking = Promise.resolve();
  const timer = setInterval(() => {
    ticking = clock.tick().catch(() => undefined);
  }, CLOCK_TICK_MS);
  return async () => {
    clearInterval(timer);
    await ticking;
  };
}

type App = ReturnType<typeof makeApp>;

async function listen(app: App, { host, port }: ServerConfig): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE' ? 'another program listens there' : `the system says ${code ?? String(cause)}`;
    const message = `can't listen on ${host}, port ${port}: ${why}; set TALLY_PORT or TALLY_HOST to another`;
    throw new TallyError('config_invalid', message, { cause });
  }
}

/** How long requests that are under way may take to finish once the server is to stop. */
const LAST_REQUESTS_MS_MAX = 5 * SECOND_MS;

async function closeApp(app: App): Promise<void> {
  const timer = setTimeout(() => {
    app.server.closeAllConnections();
  }, LAST_REQUESTS_MS_MAX);
  await app.close();
  clearTimeout(timer);
}

const urlOf = (host: string, { port }: AddressInfo): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
