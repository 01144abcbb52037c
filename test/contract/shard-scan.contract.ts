import type { ShardSum } from '../../core/audit/ports.js';
import { DAY_MS as A_DAY_MS, HOUR_MS } from '../../core/time.js';
import { collect } from '../support/collect.js';
import { DAY, DAY_MS, EXPIRES_AT_MS, beginRun, type AuditStore } from './audit-store.js';
import { useTarget } from './use-target.js';

const order = (a: ShardSum, b: ShardSum): number =>
  a.hourStartMs - b.hourStartMs || (a.counter < b.counter ? -1 : 1) || a.sum.value - b.sum.value;

/** @param makeStore a store without days and counts, for each test. */
export function describeShardScanContract(name: string, makeStore: () => Promise<AuditStore>): void {
  describe(`${name} as a scan of counter shards`, () => {
    const store = useTarget(makeStore);
    const scan = async (day = DAY) => (await collect(store().scan.scanDay(day))).sort(order);
    const count = (counter: string, atMs: number, { lane = 3, value = 1 } = {}) =>
      store().shards.apply(
        { lane, sliceStartMs: atMs },
        1,
        [{ counter, minutes: [{ minute: (atMs % HOUR_MS) / 60_000, value, events: 1 }] }],
        EXPIRES_AT_MS,
      );

    it('finds nothing where nothing was counted', async () => {
      expect(await scan()).toEqual([]);
    });

    it('finds every shard of the day, and none of the days around it', async () => {
      for (const hour of [-1, 0, 9, 23, 24]) await count('a', DAY_MS + hour * HOUR_MS);
      for (const daysAway of [-365, -1, 1, 10, 30]) await count('b', DAY_MS + daysAway * A_DAY_MS);
      expect(
        (await scan()).map(({ counter, hourStartMs }) => [counter, (hourStartMs - DAY_MS) / HOUR_MS]),
      ).toEqual([
        ['a', 0],
        ['a', 9],
        ['a', 23],
      ]);
    });

    it('adds up the minutes of a shard, and keeps lanes apart', async () => {
      await count('a', DAY_MS, { lane: 1, value: 5 });
      await count('a', DAY_MS + 5 * 60_000, { lane: 1, value: -7 });
      await count('a', DAY_MS, { lane: 2, value: 1 });
      expect((await scan()).map(({ sum }) => sum)).toEqual(
        expect.arrayContaining([
          { value: -2, events: 2 },
          { value: 1, events: 1 },
        ]),
      );
    });

    it('marks what the audit itself has written', async () => {
      const minutes = [{ minute: 3, value: -4, events: 0 }];
      const fence = await beginRun(store());
      await store().writer.putAdjustments(
        fence,
        [{ counter: 'a', hourStartMs: DAY_MS, minutes }],
        EXPIRES_AT_MS,
      );
      await store().writer.putAdjustments(
        fence,
        [{ counter: 'b', hourStartMs: DAY_MS, minutes: [] }],
        EXPIRES_AT_MS,
      );
      expect(await scan()).toEqual([
        { counter: 'a', hourStartMs: DAY_MS, isAdjustment: true, sum: { value: -4, events: 0 } },
        { counter: 'b', hourStartMs: DAY_MS, isAdjustment: true, sum: { value: 0, events: 0 } },
      ]);
    });

    it('finds all of very many counters, whatever they are called', async () => {
      const counters = Array.from({ length: 500 }, (_, index) => `page.viewed/${index}#2026-11-21T09#ä😀`);
      await store().shards.apply(
        { lane: 0, sliceStartMs: DAY_MS },
        1,
        counters.map((counter) => ({ counter, minutes: [{ minute: 0, value: 1, events: 1 }] })),
        EXPIRES_AT_MS,
      );
      expect((await scan()).map(({ counter }) => counter).sort()).toEqual([...counters].sort());
    });
  });
}
