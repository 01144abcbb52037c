import type { Entry, Increment, JournalName, NumberedEntry } from '../../core/journal.js';
import type { AppendOutcome, JournalStore } from '../../core/ports.js';
import { commit, readFresh } from './commit.js';
import { flattenMinutes, unflattenMinutes } from './flat-minutes.js';
import type { CountData, FlatMinutes, StoredEntry } from './open-data.js';

/** Journals in LMDB: one key per entry, `[start of the slice, lane, number]`: what expires first stands in front. */
export class LmdbJournal implements JournalStore {
  public constructor(private readonly data: CountData) {}

  public async readAfter({ lane, sliceStartMs }: JournalName, afterNumber: number): Promise<NumberedEntry[]> {
    readFresh(this.data);
    const range = this.data.journal.getRange({
      start: [sliceStartMs, lane, afterNumber + 1],
      end: [sliceStartMs, lane, Number.MAX_SAFE_INTEGER],
    });
    return Array.from(range, ({ key, value }) => ({ number: key[2], ...entryOf(value) }));
  }

  public async find({ lane, sliceStartMs }: JournalName, number: number): Promise<NumberedEntry | null> {
    readFresh(this.data);
    const stored = this.data.journal.get([sliceStartMs, lane, number]);
    return stored === undefined ? null : { number, ...entryOf(stored) };
  }

  public async append(
    { lane, sliceStartMs }: JournalName,
    number: number,
    entry: Entry,
    expiresAtMs: number,
  ): Promise<AppendOutcome> {
    const stored = storedOf(entry, expiresAtMs);
    return commit(this.data, () => {
      const key: [number, number, number] = [sliceStartMs, lane, number];
      if (this.data.journal.doesExist(key)) return 'exists';
      void this.data.journal.put(key, stored);
      return 'appended';
    });
  }
}

function storedOf({ ids, increments, eventCount }: Entry, expiresAtMs: number): StoredEntry {
  const flatIncrements: (string | FlatMinutes)[] = [];
  for (const { counter, minutes } of increments) flatIncrements.push(counter, flattenMinutes(minutes));
  return [expiresAtMs, eventCount, ids, flatIncrements];
}

function entryOf([, eventCount, ids, flatIncrements]: StoredEntry): Entry {
  const increments: Increment[] = [];
  for (let at = 0; at < flatIncrements.length; at += 2) {
    const minutes = flatIncrements[at + 1] as FlatMinutes;
    increments.push({ counter: flatIncrements[at] as string, minutes: unflattenMinutes(minutes) });
  }
  return { ids, increments, eventCount };
}
