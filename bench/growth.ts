import { expectStoreUse } from '../core/cost/write-units.js';
import { expectUnits } from '../core/cost/expected-units.js';
import { billOf } from '../core/cost/meter.js';
import { WORKLOAD_DEFAULT } from '../core/cost/workload.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';
import { BENCH_DAY_MS, makeCounting } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { MeteredStore, portsAround } from './in-memory.js';

const LANES = [1, 2, 4, 8, 16, 32, 64];
const MILESTONES = [1, 2, 5, 10, 20, 50];
/** Stands for a million events of the milestones: history grows fifty-fold in a minute or two, not in a quarter of an hour. */
const MILLION = 100_000;
const WINDOW_MS = 5_000;
const EVENTS_PER_BATCH = 25_000;
const EVENTS_PER_CHUNK = 1_000;
const COUNTERS = 1_000;

/** Whether an event gets dearer when there is more: more history, or more lanes. */
export const growth: Bench = {
  name: 'growth',
  varies: 'events counted before, fifty-fold; lanes, 1 to 64; rate, 1 to 50,000 a second',
  reports: 'write units and reads per event',
  run: async (io) => [await withHistory(io), await withLanes(io), withRate()],
};

/** One worker counts on and on, through slices and hours; each row is the stretch since the row before. */
async function withHistory(io: BenchIo): Promise<BenchTable> {
  const store = new MeteredStore();
  const counting = makeCounting(portsAround(store, BENCH_DAY_MS), { laneCount: 64 });
  const source = new EventSource({
    seed: 8,
    counterCount: COUNTERS,
    zipfExponent: 1,
    typeCount: 1,
    lateShare: 0,
  });
  const rows: (string | number)[][] = [];
  let counted = 0;
  for (const milestone of MILESTONES) {
    const before = { counted, writeUnits: store.writeUnits, readUnits: store.readUnits };
    for (; counted < milestone * MILLION; counted += EVENTS_PER_BATCH) {
      io.progress(`history: ${counted} of ${50 * MILLION} events`);
      const startMs = BENCH_DAY_MS + (counted / EVENTS_PER_BATCH) * WINDOW_MS;
      await counting.count(
        await chunksOf(source.window(startMs, WINDOW_MS, EVENTS_PER_BATCH), EVENTS_PER_CHUNK),
      );
    }
    const perEvent = (units: number): number => units / (counted - before.counted);
    rows.push([
      milestone,
      counted,
      perEvent(store.writeUnits - before.writeUnits).toFixed(4),
      perEvent(store.readUnits - before.readUnits).toFixed(5),
    ]);
  }
  io.progress('');
  return {
    title: 'History: one worker, 5,000 events/s, 1,000 counters, 64 lanes, windows of 5 s',
    head: ['scale', 'events so far', 'write units per event since the row before', 'read units'],
    rows,
    notes: ['Scale 1 to 50 stands for 1 M to 50 M: nothing in a commit looks at more than its own slice.'],
  };
}

async function withLanes(io: BenchIo): Promise<BenchTable> {
  const rows: (string | number)[][] = [];
  for (const laneCount of LANES) {
    io.progress(`${laneCount} lanes`);
    const store = new MeteredStore();
    const counting = makeCounting(portsAround(store, BENCH_DAY_MS), { laneCount });
    const source = new EventSource({
      seed: 9,
      counterCount: COUNTERS,
      zipfExponent: 1,
      typeCount: 1,
      lateShare: 0,
    });
    const events = source.window(BENCH_DAY_MS, 20_000, 100_000);
    for (let start = 0; start < events.length; start += 25_000) {
      await counting.count(await chunksOf(events.slice(start, start + 25_000), EVENTS_PER_CHUNK));
    }
    const model = expectStoreUse({ ...WORKLOAD_DEFAULT, counterCount: COUNTERS, laneCount }, 5);
    rows.push([
      laneCount,
      (store.writeUnits / events.length).toFixed(4),
      (model.journalWriteUnits + model.counterWriteUnits).toFixed(4),
      (store.entryCount / events.length).toFixed(5),
    ]);
  }
  io.progress('');
  return {
    title: 'Lanes: 5,000 events/s, 1,000 counters, windows of 5 s',
    head: ['lanes', 'write units per event', 'model', 'entries per event'],
    rows,
    notes: [
      "A lane adds one shard of its types' counters, and rounds its entry up to a unit: that is all it costs.",
    ],
  };
}

function withRate(): BenchTable {
  const rows = [1, 10, 100, 1_000, 5_000, 50_000].map((eventsPerSecond) => {
    const { units, store, batching } = expectUnits({ ...WORKLOAD_DEFAULT, eventsPerSecond });
    return [
      eventsPerSecond,
      batching.stripeCount,
      (store.journalWriteUnits + store.counterWriteUnits).toFixed(3),
      Math.round(billOf(units, 1e9).usdPerBillion),
    ];
  });
  return {
    title: 'Rate: 100,000 counters, 100 events a request, windows of 5 s (model)',
    head: ['events/s', 'stripes', 'write units per event', '$ per billion'],
    rows,
    notes: ['What is paid by the hour, shards above all, dominates below 100 events/s.'],
  };
}
