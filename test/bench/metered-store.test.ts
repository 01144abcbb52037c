import { BENCH_DAY_MS, makeCounting } from '../../bench/counting.js';
import { chunksOf, EventSource } from '../../bench/events.js';
import { MeteredStore, portsAround } from '../../bench/in-memory.js';
import { expectStoreUse } from '../../core/cost/write-units.js';
import { WORKLOAD_DEFAULT, type Workload } from '../../core/cost/workload.js';
import { SECOND_MS } from '../../core/time.js';

const TOLERANCE = 0.03;

/** Count whole windows inside one slice, as `npm run bench` does on a larger scale. */
async function countWindows(
  workload: Workload,
  windows: number,
): Promise<{ perEvent: number; calls: number }> {
  const store = new MeteredStore();
  const source = new EventSource({ seed: 4, ...workload });
  const counting = makeCounting(portsAround(store, BENCH_DAY_MS), { laneCount: workload.laneCount });
  const windowMs = workload.freshnessSeconds * SECOND_MS;
  const eventsPerWindow = workload.eventsPerSecond * workload.freshnessSeconds;
  for (let window = 0; window < windows; window++) {
    const events = source.window(BENCH_DAY_MS + window * windowMs, windowMs, eventsPerWindow);
    await counting.count(await chunksOf(events, 1_000));
  }
  const eventCount = windows * eventsPerWindow;
  return {
    perEvent: store.writeUnits / eventCount,
    calls: (store.entryCount + store.counterUnits) / eventCount,
  };
}

// Goal: what `tally cost` expects is what the real counting code writes. Method: a seeded load, counted.
it.each([
  { why: 'few counters', given: { counterCount: 1_000 } },
  { why: 'many counters, many types', given: { counterCount: 20_000, typeCount: 50 } },
  {
    why: 'entries too big for one item',
    given: { counterCount: 20_000, laneCount: 2, eventsPerSecond: 3_000 },
  },
])('the cost model agrees with the counting code: $why', async ({ given }) => {
  const workload = { ...WORKLOAD_DEFAULT, eventsPerSecond: 2_000, ...given };
  const measured = await countWindows(workload, 4);
  const expected = expectStoreUse(workload, workload.freshnessSeconds);
  const ratios = [
    (expected.journalWriteUnits + expected.counterWriteUnits) / measured.perEvent,
    expected.calls / measured.calls,
  ];
  for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(TOLERANCE);
});
