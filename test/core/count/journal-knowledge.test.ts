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

describe('JournalCache', () => {
  it('gives back what it knows, and forgets what was not used for longest when the budget is passed', () => {
    const one = new JournalKnowledge(JOURNAL).ids.byteLength;
    const cache = new JournalCache(2 * one);
    const journals = [1, 2, 3].map((lane) => ({ lane, sliceStartMs: 0 }));
    const first = journals.map((journal) => cache.get(journal));
    expect(cache.get({ lane: 1, sliceStartMs: 0 })).toBe(first[0]);
    cache.shrink();
    expect(journals.map((journal, index) => cache.get(journal) === first[index])).toEqual([
      true,
      false,
      true,
    ]);
  });
});
