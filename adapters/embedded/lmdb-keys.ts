import type { KeyRecord } from '../../core/keys.js';
import type { KeyStore } from '../../core/ports.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

export class LmdbKeys implements KeyStore {
  public constructor(private readonly data: CountData) {}

  public async find(id: string): Promise<KeyRecord | null> {
    readFresh(this.data);
    return this.data.keys.get(id) ?? null;
  }

  public create(key: KeyRecord): Promise<boolean> {
    return commit(this.data, () => {
      if (this.data.keys.doesExist(key.id)) return false;
      void this.data.keys.put(key.id, key);
      return true;
    });
  }

  public async list(): Promise<KeyRecord[]> {
    readFresh(this.data);
    return Array.from(this.data.keys.getRange({}), ({ value }) => value);
  }

  public revoke(id: string, revokedAtMs: number): Promise<boolean> {
    return commit(this.data, () => {
      const key = this.data.keys.get(id);
      if (key === undefined) return false;
      if (key.revokedAtMs === undefined) void this.data.keys.put(id, { ...key, revokedAtMs });
      return true;
    });
  }
}
