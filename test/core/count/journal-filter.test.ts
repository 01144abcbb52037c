import fc from 'fast-check';
import { JournalFilter, JournalFilterDraft } from '../../../core/count/journal-filter.js';
import { idWordsOf } from '../../../core/count/ids.js';
import { sha256 } from '../../../core/crypto.js';
import type { NumberedEntry } from '../../../core/journal.js';
import type { StoredFilter } from '../../../core/ports.js';

const JOURNAL = { lane: 7, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };

/** Ids as they are in life: the beginning of a hash. */
const idOf = (name: string): Uint8Array => sha256(name).subarray(0, 16);
const entryOf = (number: number, names: readonly string[]): NumberedEntry => ({
  number,
  ids: Buffer.concat(names.map(idOf)),
  increments: [],
  eventCount: names.length,
});

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

function filterOf(entries: readonly NumberedEntry[], journal = JOURNAL): StoredFilter {
  const draft = new JournalFilterDraft(journal);
  for (const entry of entries) draft.add(entry);
  return draft.finish();
}

function read(stored: StoredFilter, journal = JOURNAL): JournalFilter {
  const filter = JournalFilter.read(journal, stored);
  if (filter === null) throw new Error('the filter was refused');
  return filter;
}

describe('a journal filter', () => {
  // Goal: the one thing that exactness rests on. Method: any entries, any ids, also such as no hash would give.
  it('never says of an id that it covers that it is absent', () => {
    const anyIds = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(anyIds, { minLength: 1, maxLength: 6 }), (idsOfEntries) => {
        const entries = idsOfEntries.map((ids, index) => ({
          ...entryOf(index + 1, []),
          ids: Buffer.concat(ids),
        }));
        const filter = read(filterOf(entries));
        for (const { ids } of entries) {
          const words = idWordsOf(ids);
          for (let index = 0; index < ids.length / 16; index++)
            expect(filter.mayHold(words, index)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('says of nearly every other id that it is absent, for a byte and a half an id', () => {
    const covered = names('covered', 20_000);
    const stored = filterOf([entryOf(1, covered.slice(0, 15_000)), entryOf(2, covered.slice(15_000))]);
    expect(stored.bytes.length).toBeLessThan(20_000 * 1.5 + 100);
    const others = idWordsOf(entryOf(3, names('other', 20_000)).ids);
    const filter = read(stored);
    const maybes = Array.from({ length: 20_000 }, (_, index) => index).filter((i) =>
      filter.mayHold(others, i),
    );
    expect(maybes.length / 20_000).toBeLessThan(0.006);
  });

  it('takes entries in order, without gaps', () => {
    expect(() => filterOf([entryOf(2, ['a'])])).toThrow('entry 2 does not follow entry 0');
    expect(() => filterOf([entryOf(1, ['a']), entryOf(3, ['b'])])).toThrow('entry 3 does not follow entry 1');
  });

  it('ends with the entry that it ended with, and no other', () => {
    const filter = read(filterOf([entryOf(1, ['a', 'b']), entryOf(2, ['c'])]));
    expect(filter.through).toBe(2);
    expect(filter.endsWith(entryOf(2, ['c']))).toBe(true);
    expect(filter.endsWith(entryOf(2, ['d']))).toBe(false);
    expect(filter.endsWith(entryOf(3, ['c']))).toBe(false);
  });

  describe('is as if it were not there', () => {
    const stored = filterOf([entryOf(1, names('a', 50)), entryOf(2, ['b'])]);

    it('when any of its bytes is another', () => {
      for (let at = 0; at < stored.bytes.length; at++) {
        const bytes = Uint8Array.from(stored.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        expect(JournalFilter.read(JOURNAL, { ...stored, bytes })).toBeNull();
      }
    });

    it('when it is cut off, or empty', () => {
      for (const length of [0, 1, 18, 50, stored.bytes.length - 1])
        expect(
          JournalFilter.read(JOURNAL, { ...stored, bytes: stored.bytes.subarray(0, length) }),
        ).toBeNull();
    });

    it('under another number, or in another journal', () => {
      expect(JournalFilter.read(JOURNAL, { ...stored, through: 3 })).toBeNull();
      expect(JournalFilter.read({ ...JOURNAL, lane: 8 }, stored)).toBeNull();
      expect(JournalFilter.read({ ...JOURNAL, sliceStartMs: 0 }, stored)).toBeNull();
      expect(JournalFilter.read(JOURNAL, stored)).not.toBeNull();
    });
  });
});
