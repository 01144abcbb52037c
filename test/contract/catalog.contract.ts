import type { CatalogEntry } from '../../core/catalog.js';
import type { Catalog } from '../../core/ports.js';
import { useTarget, type Target } from './use-target.js';

/** @param makeTarget an empty catalog, for each test. */
export function describeCatalogContract(name: string, makeTarget: () => Promise<Target<Catalog>>): void {
  describe(`${name} as a catalog`, () => {
    const target = useTarget(makeTarget);
    const typesOf = (entries: readonly CatalogEntry[]) => entries.map(({ type }) => type);

    it('knows nothing of a type that was never seen', async () => {
      expect(await target().port.find('page.viewed')).toBeNull();
      expect(await target().port.list({ after: null, limit: 10 })).toEqual([]);
    });

    it('makes types known, with the instant they were first seen', async () => {
      await target().port.register(['b', 'a'], 1_000);
      expect(await target().port.find('a')).toEqual({ type: 'a', firstSeenAtMs: 1_000 });
    });

    it('keeps the record of a type that is known, also when it is registered with new ones', async () => {
      await target().port.register(['a'], 1_000);
      await target().port.describe('a', { displayName: 'A' }, 1_500);
      await target().port.register(['a', 'b', 'b'], 2_000);
      expect(await target().port.find('a')).toEqual({ type: 'a', firstSeenAtMs: 1_000, displayName: 'A' });
      expect(await target().port.find('b')).toEqual({ type: 'b', firstSeenAtMs: 2_000 });
    });

    it('registers nothing when given nothing', async () => {
      await target().port.register([], 1_000);
      expect(await target().port.list({ after: null, limit: 10 })).toEqual([]);
    });

    it('registers very many types at once', async () => {
      const types = Array.from({ length: 300 }, (_, index) => `t${String(index).padStart(3, '0')}`);
      await target().port.register(types, 1);
      expect(typesOf(await target().port.list({ after: null, limit: 1_000 }))).toEqual(types);
    });

    it('lists in the order of bytes, page by page', async () => {
      const inOrder = ['0', 'A', 'Z', 'a', 'a-b', 'a.b', 'a0', 'a:b', 'aA', 'a_b', 'aa', 'b'];
      await target().port.register([...inOrder].reverse(), 1);
      const pages: string[][] = [];
      let after: string | null = null;
      for (;;) {
        const page: string[] = typesOf(await target().port.list({ after, limit: 5 }));
        if (page.length === 0) break;
        pages.push(page);
        after = page.at(-1) ?? null;
      }
      expect(pages).toEqual([inOrder.slice(0, 5), inOrder.slice(5, 10), inOrder.slice(10)]);
    });

    it('lists after a name that is not there', async () => {
      await target().port.register(['a', 'c'], 1);
      expect(typesOf(await target().port.list({ after: 'b', limit: 5 }))).toEqual(['c']);
    });

    it('describes a type: fields given are set, the empty string erases, others stay', async () => {
      await target().port.register(['a'], 1_000);
      const all = { displayName: 'Views', unit: 'views', description: 'Seen – überall 😀', owner: 'web' };
      expect(await target().port.describe('a', all, 2_000)).toEqual({
        type: 'a',
        firstSeenAtMs: 1_000,
        ...all,
      });
      const changed = {
        type: 'a',
        firstSeenAtMs: 1_000,
        displayName: 'Views',
        description: all.description,
        owner: 'app',
      };
      const change = { unit: '', owner: 'app', displayName: undefined };
      expect(await target().port.describe('a', change, 3_000)).toEqual(changed);
      expect(await target().port.find('a')).toEqual(changed);
    });

    it('makes a type known by describing it', async () => {
      await target().port.describe('new', { unit: 'views' }, 5_000);
      expect(await target().port.list({ after: null, limit: 10 })).toEqual([
        { type: 'new', firstSeenAtMs: 5_000, unit: 'views' },
      ]);
    });
  });
}
