import fc from 'fast-check';
import { PLACES } from '../../../core/count/id-index.js';
import { idBytesOf, idWordsOf } from '../../../core/count/ids.js';
import { JournalCache } from '../../../core/count/journal-cache.js';
import { JournalKnowledge } from '../../../core/count/journal-knowledge.js';
import type { NumberedEntry } from '../../../core/journal.js';

const JOURNAL = { lane: 1, sliceStartMs: 0 };

const entry = (number: number): NumberedEntry => ({
  number,
  ids: new Uint8Array(16).fill(number),
  increments: [],
  eventCount: 1,
});

describe('JournalKnowledge', () => {
  it('takes the last number from the entry and asks for it to be settled', () => {
    const knowledge = new JournalKnowledge(JOURNAL);
    knowledge.learn(entry(1));
    knowledge.markSettled(1);
    expect({ last: knowledge.lastNumber, isSettled: knowledge.isSettled }).toEqual({
      last: 1,
      isSettled: true,
    });
    knowledge.learn(entry(2));
    expect({ last: knowledge.lastNumber, isSettled: knowledge.isSettled }).toEqual({
      last: 2,
      isSettled: false,
    });
  });

  it('keeps increments for as long as they may have to be applied, and no longer', () => {
    const knowledge = new JournalKnowledge(JOURNAL);
    const increments = [{ counter: 'a', minutes: [] }];
    knowledge.learn({ ...entry(1), increments });
    expect(knowledge.newest).toEqual({ number: 1, increments });
    knowledge.markSettled(1);
    expect(knowledge.newest).toEqual({ number: 1, increments: [] });
  });

  it.each([
    { why: 'a missing first entry', numbers: [2] },
    { why: 'a missing entry between', numbers: [1, 3] },
    { why: 'an entry twice', numbers: [1, 1] },
  ])('refuses a gap, loudly: $why', ({ numbers }) => {
    const knowledge = new JournalKnowledge(JOURNAL);
    expect(() => numbers.forEach((number) => knowledge.learn(entry(number)))).toThrow(
      /numbered without gaps/,
    );
  });
});

describe('what a knowledge says of an id', () => {
  const ids = (...numbers: number[]): Uint8Array => Buffer.concat(numbers.map((n) => Buffer.alloc(16, n)));
  const find = (knowledge: JournalKnowledge, number: number) => knowledge.find(idWordsOf(ids(number)), 0);

  // Goal: exact while ids are here, and never a wrong "no" when they are not. Method: any entries, any of them let go.
  it('is exact of entries that are here, and names those to be asked that are not', () => {
    const idNumbers = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        idNumbers,
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 4 }),
        (numbers, perEntry, halvings) => {
          const knowledge = new JournalKnowledge(JOURNAL);
          const entryOfId = new Map<number, number>();
          for (let at = 0; at < numbers.length; at += perEntry) {
            const ofEntry = numbers.slice(at, at + perEntry);
            const number = at / perEntry + 1;
            knowledge.learn({ ...entry(number), ids: ids(...ofEntry) });
            for (const id of ofEntry) entryOfId.set(id, number);
            if (number <= halvings) knowledge.recent.letGoOfHalf();
          }
          const expected = (id: number): unknown => {
            const number = entryOfId.get(id);
            return number === undefined ? false : knowledge.recent.holds(number) || [number];
          };
          const all = Array.from({ length: 256 }, (_, id) => id);
          expect(all.map((id) => find(knowledge, id))).toEqual(all.map(expected));
        },
      ),
    );
  });

  it('names every entry that an old id may be in when there are more than can be told apart', () => {
    const knowledge = new JournalKnowledge(JOURNAL);
    const idIn = (number: number): Uint32Array => Uint32Array.of(Math.imul(number, 0x9e3779b1), 1, 1, 1);
    for (let number = 1; number <= PLACES + 3; number++) {
      knowledge.learn({ ...entry(number), ids: idBytesOf(idIn(number)) });
      if (number === PLACES + 2) while (knowledge.recent.holds(number)) knowledge.recent.letGoOfHalf();
    }
    const found = (number: number) => knowledge.find(idIn(number), 0);
    expect(found(2)).toEqual([2, PLACES + 2]);
    expect(found(PLACES)).toEqual([PLACES]);
    expect(found(PLACES + 3)).toBe(true);
    expect(found(3)).toEqual([3]);
    expect(found(PLACES + 4)).toBe(false);
  });
});

describe('JournalCache', () => {
  const journals = [1, 2, 3].map((lane) => ({ lane, sliceStartMs: 0 }));

  it('gives back what it knows, and forgets what was not used for longest when the budget is passed', () => {
    const one = new JournalKnowledge(JOURNAL).byteLength;
    const cache = new JournalCache(2 * one);
    const first = journals.map((journal) => cache.get(journal));
    expect(cache.get({ lane: 1, sliceStartMs: 0 })).toBe(first[0]);
    cache.shrink();
    expect(journals.map((journal, index) => cache.get(journal) === first[index])).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('lets go of ids before it forgets a journal: of older entries, first where they were not used for longest', () => {
    const cache = new JournalCache(12_000);
    const known = journals.map((journal) => cache.get(journal));
    for (const knowledge of known)
      for (let number = 1; number <= 4; number++)
        knowledge.learn({ ...entry(number), ids: new Uint8Array(160).fill(number) });
    cache.shrink();
    expect(journals.map((journal, index) => cache.get(journal) === known[index])).toEqual([true, true, true]);
    expect(known.map(({ recent }) => [1, 2, 3, 4].filter((number) => recent.holds(number)))).toEqual([
      [4],
      [4],
      [3, 4],
    ]);
  });
});
