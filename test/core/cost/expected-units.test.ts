import { batchingOf } from '../../../core/cost/batching.js';
import { expectUnits } from '../../../core/cost/expected-units.js';
import { billOf } from '../../../core/cost/meter.js';
import { PRICE_LIST } from '../../../core/cost/prices.js';
import { WORKLOAD_DEFAULT, type Workload } from '../../../core/cost/workload.js';

const workload = (given: Partial<Workload> = {}): Workload => ({
  ...WORKLOAD_DEFAULT,
  counterCount: 1_000,
  ...given,
});

describe('batchingOf', () => {
  it('puts a request of many events on every stripe, one of one event on one', () => {
    expect(batchingOf(workload({ eventsPerRequest: 500 })).chunksPerRequest).toBeCloseTo(4, 6);
    expect(batchingOf(workload({ eventsPerRequest: 1 })).chunksPerRequest).toBeCloseTo(1, 6);
  });

  it('doubles the stripes until the records fit: 5,000 requests a second are 500 for each of 16 at most', () => {
    expect(batchingOf(workload({ eventsPerRequest: 1 })).stripeCount).toBe(16);
    expect(batchingOf(workload({ eventsPerRequest: 100 })).stripeCount).toBe(4);
  });

  it('cuts a window that a batch can not hold', () => {
    const small = batchingOf(workload({ eventsPerRequest: 10, freshnessSeconds: 60 }));
    expect(small.isWindowCut).toBe(true);
    expect(small.windowSeconds).toBeLessThan(30);
    const large = batchingOf(workload({ eventsPerRequest: 500, freshnessSeconds: 60 }));
    expect(large).toMatchObject({ isWindowCut: false, windowSeconds: 60 });
  });
});

describe('expectUnits', () => {
  // By hand: 1e9 events in requests of 100 are 1e7 requests, 4e7 records, and at 5,000 a second 200,000 s of 4 shards.
  it('counts requests, records and shard-hours', () => {
    const { units } = expectUnits(workload());
    expect(units).toMatchObject({ httpApiRequests: 1e7 });
    // And a heartbeat each minute on each of 4 stripes, for 200,000 s.
    expect(units.putPayloadUnits).toBeCloseTo(4e7 + (4 * 200_000) / 60, 1);
    expect(units.shardHours).toBeCloseTo((4 * 200_000) / 3_600, 6);
    expect(units.extendedRetentionShardHours).toBe(units.shardHours);
    // One receipt of 5 KB a request.
    expect(units.firehoseReceiptsGb).toBeCloseTo((1e7 * 5_120) / 1_024 ** 3, 6);
  });

  // By hand: 200,000 s are 2.31 days, each of them sealed once and reported on once.
  it('counts the audits of as many days as the events take', () => {
    const { units, audits } = expectUnits(workload());
    const days = 200_000 / 86_400;
    expect(units.auditReadUnits).toBeCloseTo(audits.readUnits * days, 3);
    expect(units.totalsWriteUnits).toBeCloseTo(audits.totalsWriteUnits * days, 6);
    // 1,001 totals of one unit, eleven fences, one type's ranking of 4 KB; all of it twice.
    expect(audits.totalsWriteUnits).toBeCloseTo(2 * (1_001 + 11 + 4), 6);
    // Once a minute a heartbeat, once a night an audit.
    expect(units.schedules).toBeCloseTo(1_441 * days, 6);
    // A batch on each stripe each 5 s records how far it has come.
    expect(units.progressWriteUnits).toBeCloseTo((4 * 200_000) / 5, 6);
  });

  it.each<{ goal: number; given: Partial<Workload> }>([
    { goal: 320, given: { freshnessSeconds: 5 } },
    { goal: 180, given: { freshnessSeconds: 60 } },
    { goal: 110, given: { freshnessSeconds: 60, capacity: 'provisioned' } },
  ])('keeps to $goal dollars per billion with 100,000 counters: $given', ({ goal, given }) => {
    const { units } = expectUnits({ ...WORKLOAD_DEFAULT, ...given });
    expect(billOf(units, 1e9).usdPerBillion).toBeLessThanOrEqual(goal);
  });

  it('is proportional to events, at one rate', () => {
    const billion = billOf(expectUnits(workload(), 1e9).units, 1e9);
    const million = billOf(expectUnits(workload(), 1e6).units, 1e6);
    // Not exactly: a query of the audit bills at least 10 MB.
    expect(million.usdPerBillion / billion.usdPerBillion).toBeCloseTo(1, 1);
  });

  it('uses what has a price, and prices what it uses: every line of the list but the other capacity mode', () => {
    const onDemand = Object.keys(expectUnits(workload()).units);
    const provisioned = Object.keys(expectUnits(workload({ capacity: 'provisioned' })).units);
    expect(new Set([...onDemand, ...provisioned])).toEqual(new Set(Object.keys(PRICE_LIST.prices)));
    expect(onDemand.some((price) => price.endsWith('CapacityHours'))).toBe(false);
  });

  it('provisions for a share of use: a million writes cost 0.65 / 3.6 / 0.7 cents', () => {
    const { units, store } = expectUnits(workload({ capacity: 'provisioned' }), 1e9);
    const writes = 1e9 * store.counterWriteUnits;
    const usd = billOf({ counterWriteCapacityHours: units.counterWriteCapacityHours ?? 0 }, 1e9).usd;
    expect(usd / (writes / 1e6)).toBeCloseTo(0.65 / 3.6 / 0.7, 6);
  });

  it('gets cheaper per event with events per request, freshness and rate', () => {
    const perBillion = (given: Partial<Workload>): number =>
      billOf(expectUnits(workload(given)).units, 1e9).usdPerBillion;
    const [one, ten, hundred, fiveHundred] = [1, 10, 100, 500].map((eventsPerRequest) =>
      perBillion({ eventsPerRequest }),
    ) as [number, number, number, number];
    expect(one).toBeGreaterThan(ten);
    expect(ten).toBeGreaterThan(hundred);
    expect(hundred).toBeGreaterThan(fiveHundred);
    expect(perBillion({ freshnessSeconds: 60 })).toBeLessThan(hundred);
    expect(perBillion({ eventsPerSecond: 20_000 })).toBeLessThan(hundred);
    expect(perBillion({ capacity: 'provisioned' })).toBeLessThan(hundred);
  });
});
