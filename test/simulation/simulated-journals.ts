import type { Entry, JournalName, NumberedEntry } from '../../core/journal.js';
import { journalNameText } from '../../core/journal.js';
import type { AppendOutcome, JournalStore } from '../../core/ports.js';
import type { Network } from './network.js';
import type { Process } from './process.js';
import { Violation } from './violation.js';
import type { Witness } from './witness.js';

interface StoredEntry extends NumberedEntry {
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

  public constructor(
    private readonly witness: Witness,
    private readonly nowMs: () => number,
  ) {}

  /** The port, as one process holds it. */
  public portOf(caller: Process, network: Network): JournalStore {
    return {
      readAfter: (journal, afterNumber) => this.#readAfter({ caller, network }, journal, afterNumber),
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

  /** Time to live: delete what has expired, each item or not as `isDue` says. */
  public expire(nowMs: number, isDue: () => boolean): void {
    for (const entries of this.#entriesByJournal.values()) {
      for (const [number, { expiresAtMs }] of entries)
        if (expiresAtMs <= nowMs && isDue()) entries.delete(number);
    }
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
