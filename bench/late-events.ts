import { expectStoreUse } from '../core/cost/write-units.js';
import { WORKLOAD_DEFAULT } from '../core/cost/workload.js';
import { MINUTE_MS, SLICE_MS } from '../core/time.js';
import type { Bench, BenchIo } from './bench.js';
import { BENCH_DAY_MS, makeCounting } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { MeteredStore, portsAround } from './in-memory.js';

const WINDOWS_SECONDS = [5, 60];
/** Each of so many workers that know nothing yet gets so many late events of one slice, over all lanes. */
const WORKERS = 12;
const EVENTS_PER_WORKER = 64;
const LATE_SHARE = 0.01;

const sliceStartMs = BENCH_DAY_MS + 12 * 60 * MINUTE_MS;
const LONG_AFTER_MS = sliceStartMs + 24 * 60 * MINUTE_MS;

/** What an event costs that comes when no worker remembers its journal: with filters of the journals, and without. */
export const lateEvents: Bench = {
  name: 'late-events',
  varies: 'freshness; filters of journals, or none',
  reports: 'read and write units of an event that comes a day late',
  run: async (io) => {
    const rows: (string | number)[][] = [];
    for (const freshnessSeconds of WINDOWS_SECONDS)
      for (const hasFilters of [false, true]) rows.push(await measure(freshnessSeconds, hasFilters, io));
    io.progress('');
    return [
      {
        title: `Late events: one slice of 5,000 events/s and 100,000 counters, then ${WORKERS} workers with ${EVENTS_PER_WORKER} late events each`,
        head: [
          'freshness s',
          'filters',
          'read units a late event',
          'of them by the first worker',
          'write units a late event',
          'filters kept',
          'model: read units an event, 1 % late',
        ],
        rows,
        notes: [
          'The first worker reads whole journals and leaves filters; each later one reads filters and what came behind them.',
        ],
      },
    ];
  },
};

async function measure(
  freshnessSeconds: number,
  hasFilters: boolean,
  io: BenchIo,
): Promise<(string | number)[]> {
  const workload = { ...WORKLOAD_DEFAULT, freshnessSeconds };
  const store = new MeteredStore();
  const source = new EventSource({ seed: 11, ...workload });
  await fillSlice(store, source, workload, io);
  const before = { readUnits: store.readUnits, writeUnits: store.writeUnits };
  let readByFirst = 0;
  for (let worker = 0; worker < WORKERS; worker++) {
    io.progress(`${freshnessSeconds} s, ${hasFilters ? 'with' : 'without'} filters: worker ${worker + 1}`);
    const events = source.window(sliceStartMs, SLICE_MS, EVENTS_PER_WORKER);
    const ports = portsAround(store, LONG_AFTER_MS);
    const counting = makeCounting(hasFilters ? { ...ports, filters: store } : ports, {
      laneCount: workload.laneCount,
    });
    await counting.count(await chunksOf(events, EVENTS_PER_WORKER));
    if (worker === 0) readByFirst = store.readUnits - before.readUnits;
  }
  const lateCount = WORKERS * EVENTS_PER_WORKER;
  const model = expectStoreUse({ ...workload, lateShare: LATE_SHARE }, freshnessSeconds);
  return [
    freshnessSeconds,
    hasFilters ? 'yes' : 'no',
    ((store.readUnits - before.readUnits) / lateCount).toFixed(1),
    (readByFirst / lateCount).toFixed(1),
    ((store.writeUnits - before.writeUnits) / lateCount).toFixed(2),
    store.filterCount,
    hasFilters ? model.readUnits.toFixed(4) : '',
  ];
}

async function fillSlice(
  store: MeteredStore,
  source: EventSource,
  { eventsPerSecond, freshnessSeconds, laneCount }: typeof WORKLOAD_DEFAULT,
  io: BenchIo,
): Promise<void> {
  const counting = makeCounting(portsAround(store, sliceStartMs), { laneCount });
  const windowMs = freshnessSeconds * 1_000;
  for (let startMs = sliceStartMs; startMs < sliceStartMs + SLICE_MS; startMs += windowMs) {
    io.progress(`${freshnessSeconds} s: filling the slice`);
    const events = source.window(startMs, windowMs, eventsPerSecond * freshnessSeconds);
    await counting.count(await chunksOf(events, 1_000));
  }
}
