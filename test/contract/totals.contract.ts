import type { SealedTotal } from '../../core/audit/ports.js';
import type { DayTotal, TotalsReader } from '../../core/ports.js';
import type { Day } from '../../core/time.js';
import { collect } from '../support/collect.js';
import { useTarget, type Target } from './use-target.js';

export interface TotalsTarget extends Target<TotalsReader> {
  /** Write sealed days, as the engine's audit does. */
  write(totals: readonly SealedTotal[]): Promise<void>;
}

const dayTotal = (day: Day, given: Partial<DayTotal> = {}): DayTotal => ({
  day,
  value: 3,
  events: 2,
  hours: [
    { hour: 0, value: 5, events: 1 },
    { hour: 23, value: -2, events: 1 },
  ],
  isAdjusted: false,
  ...given,
});

/** What was sealed of a counter before does not matter here. */
const sealed = (counter: string, total: DayTotal): SealedTotal => ({
  counter,
  ...total,
  through: { value: total.value, events: total.events },
});

/** @param makeTarget totals of which none was written, for each test. */
export function describeTotalsContract(name: string, makeTarget: () => Promise<TotalsTarget>): void {
  describe(`${name} as totals`, () => {
    const target = useTarget(makeTarget);
    const read = (counter: string, range: { fromDay?: Day; toDay?: Day } = {}) =>
      collect(target().port.readTotals({ counter, ...range, consistency: 'strong' }));

    it('reads nothing of a counter without sealed days', async () => {
      expect(await read('a')).toEqual([]);
    });

    it('gives back sealed days as they were written', async () => {
      const adjusted = dayTotal('2026-11-22', {
        value: Number.MAX_SAFE_INTEGER,
        hours: [],
        isAdjusted: true,
      });
      await target().write([sealed('a', dayTotal('2026-11-21')), sealed('a', adjusted)]);
      expect(await read('a')).toEqual([dayTotal('2026-11-21'), adjusted]);
    });

    it('reads days in order, both bounds included', async () => {
      const days = ['2025-12-31', '2026-01-01', '2026-09-30', '2026-10-01', '2026-11-21'];
      await target().write([...days].reverse().map((day) => sealed('a', dayTotal(day))));
      const daysIn = async (range: { fromDay?: Day; toDay?: Day }) =>
        (await read('a', range)).map(({ day }) => day);
      expect(await daysIn({})).toEqual(days);
      expect(await daysIn({ fromDay: '2026-01-01' })).toEqual(days.slice(1));
      expect(await daysIn({ toDay: '2026-10-01' })).toEqual(days.slice(0, 4));
      expect(await daysIn({ fromDay: '2026-09-30', toDay: '2026-10-01' })).toEqual(days.slice(2, 4));
      expect(await daysIn({ fromDay: '2026-02-01', toDay: '2026-03-01' })).toEqual([]);
    });

    it('reads one counter and never another whose name begins alike', async () => {
      const counters = ['a', 'a/b', 'ab', 'a/', 'a/ä', 'a/😀'];
      await target().write(
        counters.map((counter, value) => sealed(counter, dayTotal('2026-11-21', { value }))),
      );
      for (const [value, counter] of counters.entries()) {
        expect(await read(counter)).toEqual([dayTotal('2026-11-21', { value })]);
      }
    });

    it('reads what was sealed through a day, from the newest day at or before it', async () => {
      const through = (value: number) => ({ through: { value, events: 2 * value } });
      await target().write([
        { ...sealed('a', dayTotal('2026-11-19')), ...through(-1) },
        { ...sealed('a', dayTotal('2026-11-21')), ...through(7) },
        { ...sealed('a/b', dayTotal('2026-11-20')), ...through(3) },
      ]);
      const read = (day: Day) => target().port.readThrough({ counter: 'a', day, consistency: 'strong' });
      expect(await read('2026-11-18')).toEqual({ value: 0, events: 0 });
      expect(await read('2026-11-19')).toEqual({ value: -1, events: -2 });
      expect(await read('2026-11-20')).toEqual({ value: -1, events: -2 });
      expect(await read('2026-11-21')).toEqual({ value: 7, events: 14 });
      expect(await read('2027-01-01')).toEqual({ value: 7, events: 14 });
    });
  });
}
