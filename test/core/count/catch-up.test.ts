import { makeCounting, BENCH_DAY_MS } from '../../../bench/counting.js';
import { chunksOf, EventSource } from '../../../bench/events.js';
import { MeteredStore, portsAround } from '../../../bench/in-memory.js';
import type { CountPorts } from '../../../core/count/count.js';
import type { TallyEvent } from '../../../core/event.js';
import type { StoredFilter } from '../../../core/ports.js';
import { METRICS } from '../../../core/metric-names.js';
import { HOUR_MS, SECOND_MS } from '../../../core/time.js';

/** One lane, one slice. */
const SLICE_MS = BENCH_DAY_MS;
const LATER_MS = SLICE_MS + 24 * HOUR_MS;
const EVENTS = 2_000;

let store: MeteredStore;
let source: EventSource;
let first: TallyEvent[];

beforeEach(async () => {
  store = new MeteredStore();
  source = new EventSource({ seed: 2, counterCount: 50, zipfExponent: 1, typeCount: 1, lateShare: 0 });
  first = source.window(SLICE_MS, 100 * SECOND_MS, EVENTS);
  const { count } = workerAt(SLICE_MS);
  for (let at = 0; at < EVENTS; at += 200) await count(first.slice(at, at + 200));
});

/** A worker that knows nothing yet; what it counted, and what it was billed for reading. */
function workerAt(nowMs: number, given: Partial<CountPorts> = {}) {
  const sums = new Map<string, number>();
  const ports = {
    ...portsAround(store, nowMs),
    filters: store,
    metrics: { add: (name: string, by: number) => void sums.set(name, (sums.get(name) ?? 0) + by) },
    ...given,
  };
  const counting = makeCounting(ports, { laneCount: 1 });
  return {
    count: async (events: readonly TallyEvent[]) => {
      const readUnits = store.readUnits;
      await counting.count(await chunksOf(events, 1_000));
      return store.readUnits - readUnits;
    },
    counted: () => sums.get(METRICS.eventsCounted) ?? 0,
    duplicates: () => sums.get(METRICS.eventsDuplicate) ?? 0,
    conflicts: () => sums.get(METRICS.journalConflicts) ?? 0,
  };
}

const lateEvent = (): TallyEvent => source.next(SLICE_MS + 10 * SECOND_MS);

async function countLate(
  events: readonly TallyEvent[],
  given: Partial<CountPorts> = {},
): Promise<{ counted: number; duplicates: number; conflicts: number; readUnits: number }> {
  const worker = workerAt(LATER_MS, given);
  const readUnits = await worker.count(events);
  return {
    counted: worker.counted(),
    duplicates: worker.duplicates(),
    conflicts: worker.conflicts(),
    readUnits,
  };
}

describe('a late event', () => {
  it('reads the journal once and leaves a filter; the next one reads that, and little more', async () => {
    const whole = await countLate([lateEvent()]);
    expect(whole).toMatchObject({ counted: 1 });
    expect(store.filterCount).toBe(1);
    const filtered = await countLate([lateEvent()]);
    expect(filtered).toMatchObject({ counted: 1, duplicates: 0 });
    expect(filtered.readUnits).toBeLessThan(whole.readUnits / 4);
    expect(store.filterCount).toBe(1);
  });

  it('that was counted before the filter is a duplicate', async () => {
    await countLate([lateEvent()]);
    const [again] = first.slice(150, 151) as [TallyEvent];
    expect(await countLate([again])).toMatchObject({ counted: 0, duplicates: 1 });
  });

  it('that the filter itself came with is a duplicate, and so is one that came after', async () => {
    const [one, two] = [lateEvent(), lateEvent()];
    await countLate([one]);
    await countLate([two]);
    expect(await countLate([one, two])).toMatchObject({ counted: 0, duplicates: 2 });
    // The entries after the filter were read: no append was in vain.
    expect(await countLate([two, lateEvent()])).toMatchObject({ counted: 1, duplicates: 1, conflicts: 0 });
  });

  it('among many is told from those counted before, one by one', async () => {
    await countLate([lateEvent()]);
    const fresh = Array.from({ length: 40 }, lateEvent);
    const known = first.slice(500, 540);
    const mixed = fresh.flatMap((event, index) => [event, known[index] as TallyEvent]);
    expect(await countLate(mixed)).toMatchObject({ counted: 40, duplicates: 40 });
  });
});

describe('no filter is', () => {
  it('left where the slice is not over, or too small to be worth it', async () => {
    await workerAt(SLICE_MS + 60 * SECOND_MS).count([lateEvent()]);
    await countLate([{ ...lateEvent(), timeMs: SLICE_MS + 3 * HOUR_MS }]);
    expect(store.filterCount).toBe(0);
  });

  it('left where nothing was appended', async () => {
    expect(await countLate(first.slice(0, 5))).toMatchObject({ counted: 0, duplicates: 5 });
    expect(store.filterCount).toBe(0);
  });

  it('missed: if it can not be written, the event is counted all the same', async () => {
    const filters = {
      readFilter: () => Promise.resolve(null),
      putFilter: () => Promise.reject(new Error('throttled')),
    };
    expect(await countLate([lateEvent()], { filters })).toMatchObject({ counted: 1 });
  });
});

// Goal: a filter in doubt is no filter. Method: each doubt with an event that was counted before: trusted, it would be counted twice.
it.each<{ why: string; spoil: (filter: StoredFilter) => StoredFilter }>([
  {
    why: 'damaged',
    spoil: ({ through, bytes }) => ({ through, bytes: Buffer.from(bytes).fill(0, 20, 200) }),
  },
  { why: 'under another number', spoil: ({ through, bytes }) => ({ through: through - 1, bytes }) },
  { why: 'cut off', spoil: ({ through, bytes }) => ({ through, bytes: bytes.subarray(0, 500) }) },
])('a filter that is $why is not believed', async ({ spoil }) => {
  await countLate([lateEvent()]);
  const filters = {
    readFilter: async (journal: Parameters<MeteredStore['readFilter']>[0]) => {
      const stored = await store.readFilter(journal);
      return stored && spoil(stored);
    },
    putFilter: () => Promise.resolve(),
  };
  expect(await countLate(first.slice(0, 30), { filters })).toMatchObject({ counted: 0, duplicates: 30 });
});

// Goal: after a reset of a day its journals begin anew, in another order. Method: the filter of the old journal over the new one.
it('a filter of a journal that has begun anew since is not believed', async () => {
  await countLate([lateEvent()]);
  const before = store;
  store = new MeteredStore();
  const { count } = workerAt(SLICE_MS);
  const others = source.window(SLICE_MS, 100 * SECOND_MS, EVENTS);
  for (let at = 0; at < EVENTS; at += 100) await count(others.slice(at, at + 100));
  const filters = {
    readFilter: (journal: Parameters<MeteredStore['readFilter']>[0]) => before.readFilter(journal),
    putFilter: () => Promise.resolve(),
  };
  expect(await countLate(others.slice(0, 30), { filters })).toMatchObject({ counted: 0, duplicates: 30 });
});
