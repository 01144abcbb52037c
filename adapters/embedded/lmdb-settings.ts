import type { SettingsStore } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

const KEY = 'settings';

export class LmdbSettings implements SettingsStore {
  public constructor(private readonly data: CountData) {}

  public async read(): Promise<Settings | null> {
    readFresh(this.data);
    return this.data.settings.get(KEY) ?? null;
  }

  public create(settings: Settings): Promise<boolean> {
    return commit(this.data, () => {
      if (this.data.settings.doesExist(KEY)) return false;
      void this.data.settings.put(KEY, settings);
      return true;
    });
  }

  public replace(expected: Settings, next: Settings): Promise<boolean> {
    return commit(this.data, () => {
      const stored = this.data.settings.get(KEY);
      if (stored === undefined || canonicalText(stored) !== canonicalText(expected)) return false;
      void this.data.settings.put(KEY, next);
      return true;
    });
  }
}

/** Equal for equal data, whatever order the properties were written in. */
const canonicalText = (value: Settings): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
