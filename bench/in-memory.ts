/** The ports of counting in memory: what is left of a store when only its use is counted. */
import { readUnits, writeUnits } from '../core/cost/billed-units.js';
import { ENTRY_FRAME_BYTES, entryItemBytes } from '../core/cost/item-bytes.js';
import type { CountPorts } from '../core/count/count.js';
import { getOrMake } from '../core/get-or-make.js';
import {
  journalNameText,
  type Entry,
  type Increment,
  type JournalName,
  type NumberedEntry,
} from '../core/journal.js';
import type {
  AppendOutcome,
  CounterShards,
  JournalFilters,
  JournalStore,
  StoredFilter,
} from '../core/ports.js';

/** Accepts everything and keeps nothing: what counting costs without a store. */
export const NO_STORE: JournalStore & CounterShards = {
  readAfter: () => Promise.resolve([]),
  find: () => Promise.resolve(null),
  append: () => Promise.resolve('appended'),
  apply: () => Promise.resolve(),
};

const QUERY_PAGE_BYTES = 1024 * 1024;

/** An entry, and what it takes as an item. */
interface StoredEntry {
  readonly entry: NumberedEntry;
  readonly bytes: number;
}

/** Journals in memory, and what DynamoDB would bill for them and for the counters. */
export class MeteredStore implements JournalStore, JournalFilters, CounterShards {
  public journalUnits = 0;
  public counterUnits = 0;
  public readUnits = 0;
  public readCalls = 0;
  public entryCount = 0;
  public journalBytes = 0;
  public filterCount = 0;
  readonly #entriesByJournal = new Map<string, StoredEntry[]>();
  readonly #filtersByJournal = new Map<string, StoredFilter>();

  public get writeUnits(): number {
    return this.journalUnits + this.counterUnits;
  }

  /** Every call that counting made. */
  public get calls(): number {
    return this.entryCount + this.counterUnits + this.readCalls;
  }

  /** A query adds up its items, page by page, and rounds. */
  public readAfter(journal: JournalName, afterNumber: number): Promise<NumberedEntry[]> {
    const found = (this.#entriesByJournal.get(journalNameText(journal)) ?? []).slice(afterNumber);
    const bytes = found.reduce((sum, stored) => sum + stored.bytes, 0);
    this.readUnits += readUnits(bytes, 'strong');
    this.readCalls += Math.max(1, Math.ceil(bytes / QUERY_PAGE_BYTES));
    return Promise.resolve(found.map(({ entry }) => entry));
  }

  public find(journal: JournalName, number: number): Promise<NumberedEntry | null> {
    const found = this.#entriesByJournal.get(journalNameText(journal))?.[number - 1];
    this.readUnits += readUnits(found?.bytes ?? 0, 'strong');
    this.readCalls++;
    return Promise.resolve(found?.entry ?? null);
  }

  public append(
    journal: JournalName,
    number: number,
    entry: Entry,
    expiresAtMs: number,
  ): Promise<AppendOutcome> {
    const bytes = entryItemBytes(journal, { ...entry, number }, expiresAtMs);
    this.journalUnits += writeUnits(bytes);
    this.journalBytes += bytes;
    const entries = getOrMake(this.#entriesByJournal, journalNameText(journal), (): StoredEntry[] => []);
    if (entries.length >= number) return Promise.resolve('exists');
    entries.push({ entry: { ...entry, number }, bytes });
    this.entryCount++;
    return Promise.resolve('appended');
  }

  public readFilter(journal: JournalName): Promise<StoredFilter | null> {
    const filter = this.#filtersByJournal.get(journalNameText(journal)) ?? null;
    this.readUnits += readUnits(filter?.bytes.length ?? 0, 'eventual');
    this.readCalls++;
    return Promise.resolve(filter);
  }

  public putFilter(journal: JournalName, filter: StoredFilter): Promise<void> {
    this.journalUnits += writeUnits(filter.bytes.length + ENTRY_FRAME_BYTES);
    this.filterCount++;
    this.#filtersByJournal.set(journalNameText(journal), filter);
    return Promise.resolve();
  }

  /** A shard's hour stays under 1 KB: one unit each. */
  public apply(_journal: JournalName, _number: number, increments: readonly Increment[]): Promise<void> {
    this.counterUnits += increments.length;
    return Promise.resolve();
  }
}

/** For what is applied already, as what is settled late always is here: a read of each shard, and nothing to write. */
const settledShardsOf = (store: MeteredStore): CounterShards => ({
  apply: (_journal, _number, increments) => {
    store.readUnits += increments.length * readUnits(1, 'eventual');
    store.readCalls += Math.ceil(increments.length / BATCH_GET_KEYS_MAX);
    return Promise.resolve();
  },
});

const BATCH_GET_KEYS_MAX = 100;

/** Every other port of counting: days are open, types are known, nobody listens to metrics. */
export const portsAround = (store: JournalStore & CounterShards, nowMs: number): CountPorts => ({
  journals: store,
  shards: store,
  ...(store instanceof MeteredStore ? { settledShards: settledShardsOf(store) } : {}),
  days: {
    open: (day, expiresAtMs) => Promise.resolve({ day, isSealed: false, expiresAtMs }),
    find: () => Promise.resolve(null),
    sealedThrough: () => Promise.resolve(null),
  },
  catalog: { register: () => Promise.resolve() },
  rejected: {
    put: (lines) => Promise.reject(new Error(`a bench's own line was rejected: ${lines[0]?.message}`)),
  },
  metrics: { add: () => undefined },
  clock: { nowMs: () => nowMs },
});
