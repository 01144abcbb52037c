import type { JournalFilters, JournalStore } from '../../core/ports.js';
import { useTarget } from './use-target.js';

const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2027-03-01T00:00:00.000Z');

export interface JournalFiltersTarget {
  readonly filters: JournalFilters;
  readonly journals: JournalStore;
  dispose(): Promise<void>;
}

/** @param makeTarget a journal store without entries and filters, for each test. */
export function describeJournalFiltersContract(
  name: string,
  makeTarget: () => Promise<JournalFiltersTarget>,
): void {
  describe(`${name} as filters of journals`, () => {
    const target = useTarget(makeTarget);
    const put = (through: number, byte: number, journal = JOURNAL) =>
      target().filters.putFilter(journal, { through, bytes: Buffer.alloc(40_000, byte) }, EXPIRES_AT_MS);
    const read = async (journal = JOURNAL) => {
      const stored = await target().filters.readFilter(journal);
      return stored && { through: stored.through, bytes: Buffer.from(stored.bytes) };
    };
    const append = (number: number) =>
      target().journals.append(
        JOURNAL,
        number,
        { ids: Buffer.alloc(16, number), increments: [], eventCount: 1 },
        EXPIRES_AT_MS,
      );

    it('has none of a journal that was never filtered, whatever entries it has', async () => {
      await append(1);
      expect(await read()).toBeNull();
    });

    it('gives back a filter as it was put', async () => {
      await put(12, 7);
      expect(await read()).toEqual({ through: 12, bytes: Buffer.alloc(40_000, 7) });
    });

    it('gives the one that covers most, in whatever order they were put', async () => {
      await put(9, 1);
      await put(100, 2);
      await put(12, 3);
      expect(await read()).toMatchObject({ through: 100 });
    });

    it('never changes one', async () => {
      await put(12, 7);
      await put(12, 8);
      expect(await read()).toEqual({ through: 12, bytes: Buffer.alloc(40_000, 7) });
    });

    it('keeps those of each lane and slice apart', async () => {
      await put(1, 1);
      await put(2, 2, { ...JOURNAL, lane: 70 });
      await put(3, 3, { ...JOURNAL, sliceStartMs: JOURNAL.sliceStartMs + 300_000 });
      expect(await read()).toMatchObject({ through: 1 });
    });

    it('is no entry: the journal reads and appends as if it were not there', async () => {
      await append(1);
      await put(1, 7);
      expect((await target().journals.readAfter(JOURNAL, 0)).map(({ number }) => number)).toEqual([1]);
      expect(await append(1)).toBe('exists');
      expect(await append(2)).toBe('appended');
    });
  });
}
