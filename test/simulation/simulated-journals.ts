import type { Entry, JournalName, NumberedEntry } from '../../core/journal.js';
import { journalNameText } from '../../core/journal.js';
import type { AppendOutcome, JournalFilters, JournalStore, StoredFilter } from '../../core/ports.js';
import type { Network } from './network.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import { Violation } from './violation.js';
import type { Witness } from './witness.js';

interface StoredEntry extends NumberedEntry {
  readonly expiresAtMs: number;
}

interface ExpiringFilter extends StoredFilter {
  readonly expiresAtMs: number;
}

/** Entries in one answer of a Query. Small, so that journals are read in several calls while others append. */
const PAGE_ENTRIES = 8;

/**
 * The journal table, as DynamoDB keeps it: conditional puts, strongly consistent reads in pages, and a time to live that
 * deletes late, in any order, and is no filter.
 */
export class SimulatedJournals {
  readonly #entriesByJournal = new Map<string, Map<number, StoredEntry>>();
  /** By journal, in the order in which they were put. */
  readonly #filtersByJournal = new Map<string, ExpiringFilter[]>();

  public constructor(
    private readonly witness: Witness,
    private readonly nowMs: () => number,
  ) {}

  /** The port, as one process holds it. */
  public portOf(caller: Process, network: Network): JournalStore {
    return {
      readAfter: (journal, afterNumber) => this.#readAfter({ caller, network }, journal, afterNumber),
      find: (journal, number) =>
        network.call({
          caller,
          what: `read entry ${number} of ${labelOf(journal)}`,
          effect: () => this.#find(journal, number),
        }),
      append: (journal, number, entry, expiresAtMs) => {
        const sent = copyOf(entry);
        return network.call({
          caller,
          what: `append entry ${number} to ${labelOf(journal)}: ${sent.eventCount} events`,
          effect: () => this.#append(journal, { ...sent, number, expiresAtMs }),
        });
      },
    };
  }

  /** Filters of the journals. Eventually consistent: an answer may be of any time before. */
  public filtersOf(caller: Process, network: Network, random: Random): JournalFilters {
    return {
      readFilter: (journal) =>
        network.call({
          caller,
          what: `read a filter of ${labelOf(journal)}`,
          effect: () => this.#filterOf(journal, random),
        }),
      putFilter: (journal, { through, bytes }, expiresAtMs) => {
        const sent = { through, bytes: bytes.slice(), expiresAtMs };
        return network.call({
          caller,
          what: `put a filter of entries 1 to ${through} of ${labelOf(journal)}`,
          effect: () => this.#putFilter(journal, sent),
        });
      },
    };
  }

  #filterOf(journal: JournalName, random: Random): StoredFilter | null {
    const filters = this.#filtersByJournal.get(journalNameText(journal)) ?? [];
    const seen = random.chance(0.8) ? filters : filters.slice(0, random.integer(0, filters.length));
    const newest = [...seen].sort((a, b) => b.through - a.through)[0];
    return newest === undefined ? null : { through: newest.through, bytes: newest.bytes.slice() };
  }

  #putFilter(journal: JournalName, filter: ExpiringFilter): void {
    const name = journalNameText(journal);
    const filters = this.#filtersByJournal.get(name) ?? [];
    if (filters.some(({ through }) => through === filter.through)) return;
    this.#filtersByJournal.set(name, [...filters, filter]);
  }

  /** Time to live: delete what has expired, each item or not as `isDue` says. */
  public expire(nowMs: number, isDue: () => boolean): void {
    for (const entries of this.#entriesByJournal.values()) {
      for (const [number, { expiresAtMs }] of entries)
        if (expiresAtMs <= nowMs && isDue()) entries.delete(number);
    }
    for (const [name, filters] of this.#filtersByJournal)
      this.#filtersByJournal.set(
        name,
        filters.filter(({ expiresAtMs }) => expiresAtMs > nowMs || !isDue()),
      );
  }

  /** Time to live is no filter: an entry is read as long as it is there. */
  public requireVisible(): void {
    for (const [name, stored] of this.#entriesByJournal) {
      const visible = this.#storedAfter(name, 0);
      if (visible.length < stored.size) {
        const at = new Date(this.nowMs()).toISOString();
        const message = `journal ${name} has ${stored.size} entries and shows ${visible.length} at ${at}`;
        throw new Violation('entry-hidden', message);
      }
    }
  }

  /** Somebody deletes an entry by hand. False: there is none to delete. */
  public vandalise(): boolean {
    for (const entries of this.#entriesByJournal.values()) if (entries.size > 1) return entries.delete(1);
    return false;
  }

  async #readAfter(
    { caller, network }: { caller: Process; network: Network },
    journal: JournalName,
    afterNumber: number,
  ): Promise<NumberedEntry[]> {
    const read: NumberedEntry[] = [];
    for (;;) {
      const after = read.at(-1)?.number ?? afterNumber;
      const page = await network.call({
        caller,
        what: `read ${labelOf(journal)} after entry ${after}`,
        effect: () => this.#page(journal, after),
      });
      read.push(...page.entries);
      if (page.isLast) return read;
    }
  }

  #page(journal: JournalName, afterNumber: number): { entries: NumberedEntry[]; isLast: boolean } {
    const stored = this.#storedAfter(journalNameText(journal), afterNumber);
    const entries = stored.slice(0, PAGE_ENTRIES).map((entry) => ({ ...entry, ...copyOf(entry) }));
    return { entries, isLast: stored.length <= PAGE_ENTRIES };
  }

  #find(journal: JournalName, number: number): NumberedEntry | null {
    const stored = this.#entriesByJournal.get(journalNameText(journal))?.get(number);
    return stored === undefined ? null : { ...stored, ...copyOf(stored) };
  }

  #storedAfter(name: string, afterNumber: number): StoredEntry[] {
    const entries = this.#entriesByJournal.get(name)?.values() ?? [];
    return [...entries].filter(({ number }) => number > afterNumber).sort((a, b) => a.number - b.number);
  }

  #append(journal: JournalName, entry: StoredEntry): AppendOutcome {
    const name = journalNameText(journal);
    const entries = this.#entriesByJournal.get(name) ?? new Map<number, StoredEntry>();
    this.#entriesByJournal.set(name, entries);
    if (entries.has(entry.number)) return 'exists';
    this.witness.onAppend(journal, entry.number, entry);
    entries.set(entry.number, entry);
    return 'appended';
  }
}

/** For people: `lane 3, 23:45`. */
export const labelOf = ({ lane, sliceStartMs }: JournalName): string =>
  `lane ${lane}, ${new Date(sliceStartMs).toISOString().slice(11, 16)}`;

/** A request and an answer are bytes on a wire: nobody shares memory with the table. */
const copyOf = ({ ids, increments, eventCount }: Entry): Entry => ({
  ids: ids.slice(),
  increments: increments.map(({ counter, minutes }) => ({
    counter,
    minutes: minutes.map((minute) => ({ ...minute })),
  })),
  eventCount,
});
