import fc from 'fast-check';
import { ID_WORDS, IdSet } from '../../../core/count/id-set.js';

/** Few different words, so that ids share some, collide in their slots, and are sometimes all zeros. */
const ids = fc.array(fc.tuple(word(), word(), word(), word()), { maxLength: 400 });

function word(): fc.Arbitrary<number> {
  return fc.constantFrom(0, 1, 2, 16, 0x10000, 0xffffffff);
}

describe('IdSet', () => {
  it('answers as a set of texts does, id by id', () => {
    fc.assert(
      fc.property(ids, (given) => {
        const words = Uint32Array.from(given.flat());
        const set = new IdSet();
        const model = new Set<string>();
        given.forEach((id, index) => {
          const name = id.join(' ');
          expect(set.has(words, index)).toBe(model.has(name));
          expect(set.add(words, index)).toBe(!model.has(name));
          model.add(name);
          expect(set.has(words, index)).toBe(true);
          expect(set.size).toBe(model.size);
        });
      }),
    );
  });

  it('keeps every id while it grows, in at most 48 bytes an id', () => {
    const count = 20_000;
    const words = new Uint32Array(count * ID_WORDS).map((_, index) => Math.imul(index + 1, 0x9e3779b1));
    const set = new IdSet();
    for (let index = 0; index < count; index++) set.add(words, index);
    for (let index = 0; index < count; index++) expect(set.has(words, index)).toBe(true);
    expect(set.size).toBe(count);
    expect(set.byteLength).toBeLessThanOrEqual(count * 48);
  });
});
