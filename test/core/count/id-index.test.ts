import fc from 'fast-check';
import { IdIndex } from '../../../core/count/id-index.js';
import { ID_WORDS } from '../../../core/count/ids.js';

/** Few different words, so that ids share their first one, collide in their slots, and wrap around the table's end. */
const firstWords = fc.array(
  fc.constantFrom(0, 15, 16, 31, 32, 0x100000, 0x7fffffff, 0xffffffe0, 0xffffffff),
  {
    maxLength: 300,
  },
);

const idsOf = (words: readonly number[]): Uint32Array =>
  Uint32Array.from(words.flatMap((word) => [word, 7, 7, 7]));

describe('IdIndex', () => {
  // Goal: what exactness rests on: "nowhere" is certain. Method: a Map beside it; the first 28 bits decide, and zeros may be taken for one.
  it('gives every place that an id was added under', () => {
    fc.assert(
      fc.property(firstWords, fc.boolean(), (words, isInOneGo) => {
        const ids = idsOf(words);
        const index = new IdIndex();
        const placesByWord = new Map<number, number[]>();
        words.forEach((word, place) => {
          if (isInOneGo) index.addAll(ids.subarray(place * ID_WORDS, (place + 1) * ID_WORDS), place);
          else index.add(ids, place * ID_WORDS, place);
          placesByWord.set(hashOf(word), [...(placesByWord.get(hashOf(word)) ?? []), place]);
        });
        words.forEach((word, at) => {
          expect([...index.placesOf(ids, at * ID_WORDS)].sort(byNumber)).toEqual(
            placesByWord.get(hashOf(word)),
          );
        });
        expect(index.placesOf(idsOf([0x500]), 0)).toEqual([]);
      }),
    );
  });

  it('keeps every id while it grows, in at most 8 bytes an id, and knows others to be nowhere', () => {
    const count = 100_000;
    const words = Array.from({ length: 2 * count }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 0);
    const ids = idsOf(words);
    const index = new IdIndex();
    for (let at = 0; at < count; at += 1_000) {
      index.addAll(ids.subarray(at * ID_WORDS, (at + 1_000) * ID_WORDS), at / 1_000);
      expect(index.byteLength).toBeLessThanOrEqual((at + 1_000) * 8);
    }
    const placesOf = (at: number): string => index.placesOf(ids, at * ID_WORDS).join();
    const isAt = (at: number): boolean => placesOf(at) === (at < count ? String(Math.floor(at / 1_000)) : '');
    expect(words.findIndex((_, at) => !isAt(at))).toBe(-1);
  });
});

/** What the index tells ids apart by. */
const hashOf = (word: number): number => word >>> 4 || 1;

const byNumber = (a: number, b: number): number => a - b;
