import { laneLoadsOf } from '../../../core/cost/lane-loads.js';
import { expectStoreUse, type StoreUse } from '../../../core/cost/write-units.js';
import { WORKLOAD_DEFAULT, type Workload } from '../../../core/cost/workload.js';

const use = (given: Partial<Workload>, windowSeconds = 5): StoreUse =>
  expectStoreUse({ ...WORKLOAD_DEFAULT, ...given }, windowSeconds);
const writeUnits = (given: Partial<Workload>, windowSeconds = 5): number => {
  const { journalWriteUnits, counterWriteUnits } = use(given, windowSeconds);
  return journalWriteUnits + counterWriteUnits;
};

describe('laneLoadsOf', () => {
  it('spreads all events over the lanes, each counter in one of them, a type in all that have its counters', () => {
    const loads = laneLoadsOf({ ...WORKLOAD_DEFAULT, counterCount: 10_000, typeCount: 2 });
    const sum = (pick: (lane: (typeof loads)[number]) => number): number =>
      loads.reduce((total, lane) => total + pick(lane), 0);
    expect(loads).toHaveLength(64);
    expect(sum(({ eventsPerSecond }) => eventsPerSecond)).toBeCloseTo(5_000, 6);
    expect(sum(({ counterRates }) => counterRates.length)).toBe(10_000 + 64 * 2);
    // Every event is in two counters.
    expect(sum(({ counterRates }) => counterRates.reduce((a, b) => a + b, 0))).toBeCloseTo(10_000, 6);
  });
});

describe('expectStoreUse', () => {
  it('is three writes for an event that is alone: its entry, its counter, its type', () => {
    const { journalWriteUnits, counterWriteUnits, calls } = use({ eventsPerSecond: 1e-6 });
    expect(journalWriteUnits).toBeCloseTo(1, 4);
    expect(counterWriteUnits).toBeCloseTo(2, 4);
    expect(calls).toBeCloseTo(3, 4);
  });

  // One counter in one lane, 100 events/s, windows of 5 s: 500 ids of 16 bytes and one increment for the two counters.
  it('is, by hand, what one busy counter costs', () => {
    const { journalWriteUnits, counterWriteUnits } = use({
      eventsPerSecond: 100,
      counterCount: 1,
      laneCount: 1,
    });
    // 60 windows in a slice, of which one is cut in two: 60.8 entries of about 8,100 bytes, 8.4 KB in units.
    expect(counterWriteUnits).toBeCloseTo((2 * 61) / 30_000, 4);
    expect(journalWriteUnits).toBeGreaterThan(8 / 500);
    expect(journalWriteUnits).toBeLessThan(9 / 500);
  });

  it.each([
    { eventsPerSecond: 0.01 },
    { eventsPerSecond: 1 },
    { eventsPerSecond: 10 },
    { eventsPerSecond: 100, zipfExponent: 0 },
    { eventsPerSecond: 1, lateShare: 0.5 },
    { eventsPerSecond: 100_000 },
  ])('is never above the three writes of the usual pattern: %p', (given) => {
    expect(writeUnits(given)).toBeLessThanOrEqual(3);
  });

  it('falls with freshness, and rises with counters, types and late events', () => {
    const base = writeUnits({ counterCount: 10_000 });
    expect(writeUnits({ counterCount: 10_000 }, 60)).toBeLessThan(base);
    expect(writeUnits({ counterCount: 100_000 })).toBeGreaterThan(base);
    expect(writeUnits({ counterCount: 10_000, typeCount: 100 })).toBeGreaterThan(base);
    expect(writeUnits({ counterCount: 10_000, lateShare: 0.01 })).toBeGreaterThan(base);
    expect(writeUnits({ counterCount: 10_000, eventsPerSecond: 50_000 })).toBeLessThan(base);
  });

  it('reads filters for late events instead of whole journals, fewer of them the more a worker keeps', () => {
    expect(use({}).readUnits).toBeLessThan(0.001);
    const four = use({ lateShare: 0.01 }).readUnits;
    // Ten units or so for one event in a hundred; a whole journal would be some 165.
    expect(four).toBeGreaterThan(0.05);
    expect(four).toBeLessThan(0.5);
    expect(use({ lateShare: 0.01, stripeCount: 16 }).readUnits).toBeLessThan(four);
  });

  it('cuts a window of a lane that is too big for one entry: more writes, never fewer', () => {
    const oneLane = { laneCount: 1, counterCount: 20_000, eventsPerSecond: 2_000 };
    const { calls, counterWriteUnits } = use(oneLane, 60);
    const entries = calls - counterWriteUnits;
    // 16 bytes an id alone make more than six entries of 300 KB.
    expect(entries * 2_000 * 60).toBeGreaterThan(6);
  });
});
