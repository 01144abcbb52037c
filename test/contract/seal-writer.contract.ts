import { FenceLostError, type Adjustment, type Fence } from '../../core/audit/ports.js';
import { HOUR_MS } from '../../core/time.js';
import { collect } from '../support/collect.js';
import { DAY, DAY_MS, EXPIRES_AT_MS, beginRun, seal, sealedTotal, type AuditStore } from './audit-store.js';
import { useTarget } from './use-target.js';

const COUNTER = 'page.viewed/home';

const adjustment = (given: Partial<Adjustment> = {}): Adjustment => ({
  counter: COUNTER,
  hourStartMs: DAY_MS + 9 * HOUR_MS,
  minutes: [
    { minute: 0, value: -3, events: 2 },
    { minute: 59, value: 4, events: 4 },
  ],
  ...given,
});

/** @param makeStore a store without days and counts, for each test. */
export function describeSealWriterContract(name: string, makeStore: () => Promise<AuditStore>): void {
  describe(`${name} as the writer of seals`, () => {
    const store = useTarget(makeStore);
    const writer = () => store().writer;
    const shardsOf = (counter: string) =>
      collect(store().counters.readShards({ counter, consistency: 'strong' }));
    const totalsOf = (counter: string) =>
      collect(store().totals.readTotals({ counter, consistency: 'strong' }));

    it('writes adjustments that a counter reader sees, and a later one replaces all of an earlier', async () => {
      const fence = await beginRun(store());
      await writer().putAdjustments(fence, [adjustment()], EXPIRES_AT_MS);
      const { hourStartMs, minutes } = adjustment();
      expect(await shardsOf(COUNTER)).toEqual([{ hourStartMs, isAdjustment: true, minutes }]);
      const later = [{ minute: 30, value: 1, events: 1 }];
      await writer().putAdjustments(fence, [adjustment({ minutes: later })], EXPIRES_AT_MS);
      expect(await shardsOf(COUNTER)).toEqual([{ hourStartMs, isAdjustment: true, minutes: later }]);
    });

    it('an adjustment without minutes adjusts nothing any more', async () => {
      const fence = await beginRun(store());
      await writer().putAdjustments(fence, [adjustment()], EXPIRES_AT_MS);
      await writer().putAdjustments(fence, [adjustment({ minutes: [] })], EXPIRES_AT_MS);
      expect((await shardsOf(COUNTER)).flatMap(({ minutes }) => minutes)).toEqual([]);
    });

    it('leaves the shards of lanes alone', async () => {
      const minutes = [{ minute: 0, value: 7, events: 7 }];
      const journal = { lane: 3, sliceStartMs: DAY_MS + 9 * HOUR_MS };
      await store().shards.apply(journal, 1, [{ counter: COUNTER, minutes }], EXPIRES_AT_MS);
      await writer().putAdjustments(await beginRun(store()), [adjustment()], EXPIRES_AT_MS);
      const lanes = (await shardsOf(COUNTER)).filter(({ isAdjustment }) => !isAdjustment);
      expect(lanes).toEqual([{ hourStartMs: DAY_MS + 9 * HOUR_MS, isAdjustment: false, minutes }]);
    });

    it('writes totals, replaces them and takes them back', async () => {
      const fence = await beginRun(store());
      await writer().putTotals(fence, [sealedTotal('a', 5), sealedTotal('b', -1)]);
      await writer().putTotals(fence, [sealedTotal('a', 6)]);
      const { counter: _counter, through: _through, ...total } = sealedTotal('a', 6);
      expect(await totalsOf('a')).toEqual([total]);
      expect(await store().totals.readThrough({ counter: 'a', day: DAY, consistency: 'strong' })).toEqual({
        value: 60,
        events: 20,
      });
      await writer().removeTotals(fence, ['a', 'never-written']);
      await writer().removeTotals(fence, ['a']);
      expect(await totalsOf('a')).toEqual([]);
      expect((await totalsOf('b'))[0]?.isAdjusted).toBe(true);
    });

    it('takes back totals of its own day alone', async () => {
      const fence = await beginRun(store());
      const other = await beginRun(store(), '2026-11-19');
      await writer().putTotals(fence, [sealedTotal('a', 5)]);
      await writer().putTotals(other, [sealedTotal('a', 4, '2026-11-19')]);
      await writer().removeTotals(fence, ['a']);
      expect((await totalsOf('a')).map(({ day }) => day)).toEqual(['2026-11-19']);
    });

    it('takes any number at once, none too', async () => {
      const fence = await beginRun(store());
      const counters = Array.from({ length: 256 }, (_, index) => `page.viewed/${index}`);
      await writer().putTotals(
        fence,
        counters.map((counter, index) => sealedTotal(counter, index)),
      );
      await writer().putAdjustments(
        fence,
        counters.map((counter) => adjustment({ counter })),
        EXPIRES_AT_MS,
      );
      for (const index of [0, 98, 99, 100, 197, 198, 255]) {
        expect((await totalsOf(`page.viewed/${index}`))[0]?.value).toBe(index);
        expect(await shardsOf(`page.viewed/${index}`)).toHaveLength(1);
      }
      await writer().removeTotals(fence, counters);
      expect((await Promise.all(counters.map(totalsOf))).flat()).toEqual([]);
      await writer().putTotals(fence, []);
      await writer().putTop(fence, []);
    });

    it('shows the top subjects once the day is sealed, and not before', async () => {
      const fence = await beginRun(store());
      const subjects = [
        { subject: 'home', value: 7, events: 3 },
        { subject: '"\\ä😀', value: -1, events: 1 },
      ];
      await writer().putTop(fence, [{ type: 'page.viewed', subjects }]);
      expect(await store().tops.readTop('page.viewed', DAY)).toBeNull();
      await seal(store(), fence);
      expect(await store().tops.readTop('page.viewed', DAY)).toEqual(subjects);
      expect(await store().tops.readTop('another', DAY)).toEqual([]);
      expect(await store().tops.readTop('page.viewed', '2026-11-21')).toBeNull();
    });

    it('shows the top subjects of the run that sealed, not of one that did not', async () => {
      const first = await beginRun(store());
      await writer().putTop(first, [{ type: 'a', subjects: [{ subject: 'old', value: 1, events: 1 }] }]);
      const second = await beginRun(store());
      await seal(store(), second);
      expect(await store().tops.readTop('a', DAY)).toEqual([]);
    });

    it('keeps top subjects apart from the totals of a type', async () => {
      const fence = await beginRun(store());
      await writer().putTop(fence, [{ type: 'a', subjects: [] }]);
      expect(await totalsOf('a')).toEqual([]);
    });

    it('takes as many types with as long subjects as there may be', async () => {
      const fence = await beginRun(store());
      const subjects = Array.from({ length: 100 }, (_, rank) => ({
        subject: `${String(rank).padStart(4, '0')}${'"'.repeat(252)}`,
        value: Number.MAX_SAFE_INTEGER,
        events: Number.MAX_SAFE_INTEGER,
      }));
      const tops = Array.from({ length: 100 }, (_, index) => ({ type: `type-${index}`, subjects }));
      await writer().putTop(fence, tops);
      await seal(store(), fence);
      expect(await store().tops.readTop('type-99', DAY)).toEqual(subjects);
    });

    const WRITES: [string, (fence: Fence) => Promise<void>][] = [
      [
        'putAdjustments',
        (fence) => writer().putAdjustments(fence, [adjustment({ minutes: [] })], EXPIRES_AT_MS),
      ],
      ['putTotals', (fence) => writer().putTotals(fence, [sealedTotal('a', 99)])],
      ['removeTotals', (fence) => writer().removeTotals(fence, ['a'])],
      ['putTop', (fence) => writer().putTop(fence, [{ type: 'a', subjects: [] }])],
    ];

    describe.each(WRITES)('%s', (_name, write) => {
      it('of a run that was overtaken changes nothing', async () => {
        const old = await beginRun(store());
        const fence = await beginRun(store());
        await writeAll(fence);
        const before = await everything();
        await expect(write(old)).rejects.toThrow(FenceLostError);
        expect(await everything()).toEqual(before);
      });

      it('changes nothing of a day that is sealed', async () => {
        const fence = await beginRun(store());
        await writeAll(fence);
        await seal(store(), fence);
        const before = await everything();
        await expect(write(fence)).rejects.toThrow(FenceLostError);
        expect(await everything()).toEqual(before);
      });
    });

    async function writeAll(fence: Fence): Promise<void> {
      await writer().putAdjustments(fence, [adjustment()], EXPIRES_AT_MS);
      await writer().putTotals(fence, [sealedTotal('a', 5)]);
      await writer().putTop(fence, [{ type: 'a', subjects: [{ subject: 's', value: 1, events: 1 }] }]);
    }

    const everything = async () => [
      await shardsOf(COUNTER),
      await totalsOf('a'),
      await store().tops.readTop('a', DAY),
    ];
  });
}
