import type { Entry, NumberedEntry } from '../../core/journal.js';
import type { JournalStore } from '../../core/ports.js';
import { useTarget, type Target } from './use-target.js';

const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2027-03-01T00:00:00.000Z');
const LONG_EXPIRED_MS = 1_000;

const entry = (firstByte: number, given: Partial<Entry> = {}): Entry => ({
  ids: Buffer.alloc(16, firstByte),
  increments: [{ counter: 'page.viewed', minutes: [{ minute: 15, value: 1, events: 1 }] }],
  eventCount: 1,
  ...given,
});

/** Engines may answer with any kind of bytes; what counts is what is in them. */
const comparable = ({ ids, ...rest }: Entry | NumberedEntry) => ({
  ...rest,
  ids: Buffer.from(ids).toString('hex'),
});

/** @param makeTarget a store without entries, for each test. */
export function describeJournalContract(name: string, makeTarget: () => Promise<Target<JournalStore>>): void {
  describe(`${name} as a journal store`, () => {
    const target = useTarget(makeTarget);
    const append = (number: number, given: Entry = entry(number), journal = JOURNAL) =>
      target().port.append(journal, number, given, EXPIRES_AT_MS);
    const numbersAfter = async (number: number, journal = JOURNAL) =>
      (await target().port.readAfter(journal, number)).map((read) => read.number);

    it('reads nothing from a journal that was never written', async () => {
      expect(await target().port.readAfter(JOURNAL, 0)).toEqual([]);
    });

    it('gives back an entry as it was appended', async () => {
      const given = entry(1, {
        ids: Buffer.from(Array.from({ length: 48 }, (_, index) => (index * 37) % 256)),
        increments: [
          { counter: 'page.viewed', minutes: [{ minute: 0, value: -3, events: 2 }] },
          {
            counter: 'page.viewed/überall/a 😀',
            minutes: [
              { minute: 4, value: 0, events: 2 },
              { minute: 59, value: Number.MAX_SAFE_INTEGER, events: 1 },
            ],
          },
        ],
        eventCount: 3,
      });
      await append(1, given);
      expect((await target().port.readAfter(JOURNAL, 0)).map(comparable)).toEqual([
        { number: 1, ...comparable(given) },
      ]);
    });

    it('answers "exists" to a number that is taken, and keeps what is there', async () => {
      expect(await append(1, entry(1))).toBe('appended');
      expect(await append(1, entry(2))).toBe('exists');
      expect((await target().port.readAfter(JOURNAL, 0)).map(comparable)).toEqual([
        { number: 1, ...comparable(entry(1)) },
      ]);
    });

    it('lets one of 200 concurrent appends of a number win, and keeps the winner', async () => {
      const bytes = Array.from({ length: 200 }, (_, index) => index);
      const outcomes = await Promise.all(bytes.map((byte) => append(1, entry(byte))));
      expect(outcomes.filter((outcome) => outcome === 'appended')).toHaveLength(1);
      const [kept] = await target().port.readAfter(JOURNAL, 0);
      expect(kept?.ids[0]).toBe(outcomes.indexOf('appended'));
    });

    it('reads in the order of numbers, also past 9 and 99, from after the number given', async () => {
      for (let number = 1; number <= 101; number += 1) await append(number);
      const all = Array.from({ length: 101 }, (_, index) => index + 1);
      expect(await numbersAfter(0)).toEqual(all);
      expect(await numbersAfter(9)).toEqual(all.slice(9));
      expect(await numbersAfter(101)).toEqual([]);
    });

    it('shows a gap instead of closing it', async () => {
      await append(1);
      await append(3);
      expect(await numbersAfter(0)).toEqual([1, 3]);
    });

    it('finds one entry by its number, and no other', async () => {
      for (const number of [1, 2, 4]) await append(number);
      const found = await target().port.find(JOURNAL, 2);
      expect(found === null ? null : comparable(found)).toEqual({ number: 2, ...comparable(entry(2)) });
      expect(await target().port.find(JOURNAL, 3)).toBeNull();
      expect(await target().port.find({ ...JOURNAL, lane: 6 }, 2)).toBeNull();
    });

    it('keeps journals apart, of other lanes and of other slices', async () => {
      const others = [
        { ...JOURNAL, lane: 6 },
        { ...JOURNAL, lane: 70 },
        { ...JOURNAL, sliceStartMs: JOURNAL.sliceStartMs + 300_000 },
        { ...JOURNAL, sliceStartMs: JOURNAL.sliceStartMs - 300_000 },
      ];
      for (const other of others) expect(await append(1, entry(9), other)).toBe('appended');
      expect(await numbersAfter(0)).toEqual([]);
      await append(1);
      expect(await numbersAfter(0)).toEqual([1]);
    });

    it('never hides an entry because it expired', async () => {
      await target().port.append(JOURNAL, 1, entry(1), LONG_EXPIRED_MS);
      expect(await numbersAfter(0)).toEqual([1]);
    });

    it('holds an entry of the largest size', async () => {
      const ids = Buffer.alloc(16 * 15_000, 5);
      await append(1, entry(1, { ids, eventCount: 15_000 }));
      const [read] = await target().port.readAfter(JOURNAL, 0);
      expect(Buffer.from(read?.ids ?? []).equals(ids)).toBe(true);
    });
  });
}
