import fc from 'fast-check';
import type { Increment, MinuteIncrement } from '../../core/journal.js';
import type { Clock, CounterReader, CounterShards, ShardHour } from '../../core/ports.js';
import { HOUR_MS, MINUTE_MS, SLICE_MS } from '../../core/time.js';
import { collect } from '../support/collect.js';
import { ManualClock } from '../support/manual-clock.js';
import { useTarget } from './use-target.js';

const HOUR = Date.parse('2026-11-21T09:00:00.000Z');
const NOW_MS = HOUR + HOUR_MS;
const EXPIRES_AT_MS = Date.parse('2027-03-01T00:00:00.000Z');
const COUNTER = 'page.viewed/home';

export interface CountersTarget {
  readonly shards: CounterShards;
  readonly reader: CounterReader;
  /** Write an audit's adjustment, as the engine's audit does. */
  adjust(
    counter: string,
    hourStartMs: number,
    minutes: readonly MinuteIncrement[],
    expiresAtMs: number,
  ): Promise<void>;
  dispose(): Promise<void>;
}

const increment = (given: Partial<Increment> = {}): Increment => ({
  counter: COUNTER,
  minutes: [{ minute: 15, value: 1, events: 1 }],
  ...given,
});

/** @param makeTarget counters that were never written, reading time from the clock given; for each test. */
export function describeCountersContract(
  name: string,
  makeTarget: (clock: Clock) => Promise<CountersTarget>,
): void {
  const clock = new ManualClock(NOW_MS);

  describe(`${name} as counter shards and their reader`, () => {
    const target = useTarget(() => makeTarget(clock));
    beforeEach(() => clock.set(NOW_MS));

    const apply = (
      number: number,
      increments: readonly Increment[] = [increment()],
      { lane = 7, sliceStartMs = HOUR + 3 * SLICE_MS, expiresAtMs = EXPIRES_AT_MS } = {},
    ) => target().shards.apply({ lane, sliceStartMs }, number, increments, expiresAtMs);

    const readShards = (counter = COUNTER, range: { fromMs?: number; toMs?: number } = {}) =>
      collect(target().reader.readShards({ counter, ...range, consistency: 'strong' }));

    const totalOf = async (counter = COUNTER) => sumOf(await readShards(counter));

    it('reads nothing of a counter that was never counted', async () => {
      expect(await readShards()).toEqual([]);
    });

    it('gives back minutes, values and events', async () => {
      const minutes = [
        { minute: 0, value: 5, events: 5 },
        { minute: 3, value: -7, events: 2 },
        { minute: 4, value: 0, events: 2 },
      ];
      await apply(1, [increment({ minutes })], { sliceStartMs: HOUR });
      expect(await readShards()).toEqual([{ hourStartMs: HOUR, isAdjustment: false, minutes }]);
    });

    it('adds entry after entry of one slice', async () => {
      await apply(1, [increment({ minutes: [{ minute: 15, value: 2, events: 1 }] })]);
      await apply(2, [
        increment({
          minutes: [
            { minute: 15, value: -5, events: 3 },
            { minute: 19, value: 1, events: 1 },
          ],
        }),
      ]);
      const [shard] = await readShards();
      expect(shard?.minutes).toEqual([
        { minute: 15, value: -3, events: 4 },
        { minute: 19, value: 1, events: 1 },
      ]);
    });

    it('applies an entry once, however often it is told to, also later and all at once', async () => {
      await Promise.all(Array.from({ length: 20 }, () => apply(1)));
      await apply(2);
      await apply(1);
      expect(await totalOf()).toEqual({ value: 2, events: 2 });
    });

    it('finishes an entry of which a part was applied before', async () => {
      await apply(1, [increment({ counter: 'a' })]);
      await apply(1, [increment({ counter: 'a' }), increment({ counter: 'b' })]);
      expect(await totalOf('a')).toEqual({ value: 1, events: 1 });
      expect(await totalOf('b')).toEqual({ value: 1, events: 1 });
    });

    it('remembers an increment that nets to zero, so that it is not applied twice', async () => {
      const netZero = increment({ minutes: [{ minute: 15, value: 0, events: 2 }] });
      await apply(1, [netZero]);
      await apply(1, [netZero]);
      expect(await totalOf()).toEqual({ value: 0, events: 2 });
    });

    it('takes the numbers of each slice of an hour for themselves', async () => {
      for (let slice = 0; slice < 12; slice += 1) {
        const minutes = [{ minute: slice * 5, value: 1, events: 1 }];
        await apply(1, [increment({ minutes })], { sliceStartMs: HOUR + slice * SLICE_MS });
      }
      await apply(1);
      expect(await totalOf()).toEqual({ value: 12, events: 12 });
      expect(await readShards()).toHaveLength(1);
    });

    it('takes the numbers of each lane for themselves, a shard for each', async () => {
      for (const lane of [0, 9, 10, 63, 1_023]) await apply(1, [increment()], { lane });
      expect(await totalOf()).toEqual({ value: 5, events: 5 });
      expect(await readShards()).toHaveLength(5);
    });

    it('holds every minute of an hour, in order, whatever order they came in', async () => {
      const minutes = Array.from({ length: 60 }, (_, minute) => ({ minute, value: minute - 30, events: 1 }));
      for (let slice = 11; slice >= 0; slice -= 1) {
        const own = minutes.filter(({ minute }) => Math.floor(minute / 5) === slice);
        await apply(1, [increment({ minutes: own })], { sliceStartMs: HOUR + slice * SLICE_MS });
      }
      expect((await readShards())[0]?.minutes).toEqual(minutes);
    });

    it('applies an entry of very many counters', async () => {
      const counters = Array.from({ length: 1_000 }, (_, index) => `page.viewed/${index}`);
      await apply(
        1,
        counters.map((counter) => increment({ counter })),
      );
      expect(await totalOf('page.viewed/0')).toEqual({ value: 1, events: 1 });
      expect(await totalOf('page.viewed/999')).toEqual({ value: 1, events: 1 });
    });

    it('reads one counter and never another whose name begins alike', async () => {
      const counters = [
        'a',
        'a/b',
        'ab',
        'a/b/c',
        'a/',
        'a.b',
        'a:b',
        'A',
        'a/b#7',
        'a/ä',
        'a/a\u0308',
        'a/😀',
        'a/\uffff',
      ];
      for (const [index, counter] of counters.entries()) {
        await apply(1, [increment({ counter, minutes: [{ minute: 15, value: index + 1, events: 1 }] })]);
      }
      for (const [index, counter] of counters.entries()) {
        expect([counter, await totalOf(counter)]).toEqual([counter, { value: index + 1, events: 1 }]);
      }
    });

    it('reads whole hours, in order, the last one excluded', async () => {
      const hours = [0, 1, 2, 9, 10, 24, 48].map((index) => HOUR + index * HOUR_MS);
      for (const hourStartMs of [...hours].reverse()) {
        await apply(1, [increment({ minutes: [{ minute: 0, value: 1, events: 1 }] })], {
          sliceStartMs: hourStartMs,
        });
      }
      const hoursIn = async (range: { fromMs?: number; toMs?: number }) =>
        (await readShards(COUNTER, range)).map(({ hourStartMs }) => hourStartMs);
      expect(await hoursIn({})).toEqual(hours);
      expect(await hoursIn({ fromMs: hours[1] })).toEqual(hours.slice(1));
      expect(await hoursIn({ toMs: hours[3] })).toEqual(hours.slice(0, 3));
      expect(await hoursIn({ fromMs: hours[2], toMs: hours[5] })).toEqual(hours.slice(2, 5));
      expect(await hoursIn({ fromMs: hours[2], toMs: hours[2] })).toEqual([]);
    });

    it('marks an adjustment, and a later one replaces it', async () => {
      await apply(1);
      await target().adjust(COUNTER, HOUR, [{ minute: 15, value: 100, events: 1 }], EXPIRES_AT_MS);
      await target().adjust(COUNTER, HOUR, [{ minute: 15, value: -1, events: 0 }], EXPIRES_AT_MS);
      const shards = await readShards();
      expect(shards.filter(({ isAdjustment }) => isAdjustment)).toEqual([
        { hourStartMs: HOUR, isAdjustment: true, minutes: [{ minute: 15, value: -1, events: 0 }] },
      ]);
      expect(shards).toHaveLength(2);
    });

    it('leaves out shards from the instant they expire', async () => {
      await apply(1, [increment()], { expiresAtMs: NOW_MS + MINUTE_MS });
      expect(await readShards()).toHaveLength(1);
      clock.advance(MINUTE_MS - 1);
      expect(await readShards()).toHaveLength(1);
      clock.advance(1);
      expect(await readShards()).toEqual([]);
    });

    it('is exact to the last integer', async () => {
      const minutes = [{ minute: 15, value: Number.MAX_SAFE_INTEGER - 1, events: 1 }];
      await apply(1, [increment({ minutes })]);
      await apply(2);
      expect(await totalOf()).toEqual({ value: Number.MAX_SAFE_INTEGER, events: 2 });
    });

    it('agrees with a plain sum of distinct entries under any order of late and repeated orders to apply', async () => {
      let journalIndex = 0;
      await fc.assert(
        fc.asyncProperty(interleavings, async (steps) => {
          journalIndex += 1;
          const counters = [`p/${journalIndex}/a`, `p/${journalIndex}/b`];
          const expected = new Map(counters.map((counter) => [counter, 0]));
          let applied = 0;
          for (const { isRepeat, values } of steps) {
            // A worker goes on with the next entry, or comes back late with one that was applied already.
            const number = isRepeat ? Math.max(1, applied) : applied + 1;
            if (number > applied) counters.forEach((counter, at) => add(expected, counter, values[at] ?? 0));
            applied = Math.max(applied, number);
            await apply(
              number,
              counters.map((counter, at) => ({
                counter,
                minutes: [{ minute: 15, value: values[at] ?? 0, events: 1 }],
              })),
            );
          }
          for (const [counter, value] of expected) {
            expect(await totalOf(counter)).toEqual({ value, events: applied });
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

const interleavings = fc.array(
  fc.record({
    isRepeat: fc.boolean(),
    values: fc.tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: -5, max: 5 })),
  }),
  { minLength: 1, maxLength: 12 },
);

const add = (sums: Map<string, number>, key: string, by: number): void =>
  void sums.set(key, (sums.get(key) ?? 0) + by);

function sumOf(shards: readonly ShardHour[]): { value: number; events: number } {
  const minutes = shards.flatMap((shard) => shard.minutes);
  return {
    value: minutes.reduce((sum, { value }) => sum + value, 0),
    events: minutes.reduce((sum, { events }) => sum + events, 0),
  };
}
