import type { CatalogEntry, CatalogMetadata } from '../../core/catalog.js';
import type { Catalog } from '../../core/ports.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

export class LmdbCatalog implements Catalog {
  public constructor(private readonly data: CountData) {}

  public async register(types: readonly string[], firstSeenAtMs: number): Promise<void> {
    // Nearly always every type is known: reading costs no commit.
    const unknown = types.filter((type) => !this.data.catalog.doesExist(type));
    if (unknown.length === 0) return;
    await commit(this.data, () => {
      for (const type of unknown) {
        if (!this.data.catalog.doesExist(type)) void this.data.catalog.put(type, { firstSeenAtMs });
      }
    });
  }

  public async find(type: string): Promise<CatalogEntry | null> {
    readFresh(this.data);
    const stored = this.data.catalog.get(type);
    return stored === undefined ? null : { type, ...stored };
  }

  public async list({ after, limit }: { after: string | null; limit: number }): Promise<CatalogEntry[]> {
    readFresh(this.data);
    const start = after === null ? {} : { start: after, exclusiveStart: true };
    const range = this.data.catalog.getRange({ ...start, limit });
    return Array.from(range, ({ key, value }) => ({ type: key, ...value }));
  }

  public describe(type: string, metadata: CatalogMetadata, nowMs: number): Promise<CatalogEntry> {
    return commit(this.data, () => {
      const before = this.data.catalog.get(type) ?? { firstSeenAtMs: nowMs };
      const stored = keepFields({ ...before, ...keepFields(metadata, undefined) }, '');
      void this.data.catalog.put(type, stored);
      return { type, ...stored };
    });
  }
}

/** A field that is not given stays; the empty string erases one. */
const keepFields = <T extends object>(entry: T, dropped: '' | undefined): T =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== dropped)) as T;
