import { TallyError } from '../errors.js';
import { journalNameText, type Increment, type JournalName, type NumberedEntry } from '../journal.js';
import { IdIndex, PLACES } from './id-index.js';
import { ID_WORDS, idWordsOf } from './ids.js';
import type { JournalFilter, JournalFilterDraft } from './journal-filter.js';
import { RecentIds } from './recent-ids.js';

const NONE: readonly number[] = [];

/** The newest entry a worker knows of: what may have to be settled. */
export interface NewestEntry {
  readonly number: number;
  readonly increments: readonly Increment[];
}

/**
 * What one worker knows of one journal. Lives across batches, also across failed ones, so every field is only ever
 * moved by something certain: an entry that was read from the journal, or an append that answered success.
 */
export class JournalKnowledge {
  /**
   * In which entry each id is, of every entry up to the newest but for those that `filter` covers. Never an id whose append is not
   * certain: it would be lost.
   */
  #index = new IdIndex();
  /** Ids of the newest entries. */
  public recent = new RecentIds();
  /** Stands for the first entries of the journal. `null`: `ids` has them all. */
  public filter: JournalFilter | null = null;
  /** All entries that are known, for a filter to be made of them. `null`: none is to be made. */
  public filterDraft: JournalFilterDraft | null = null;
  /** `null`: the journal was empty when last looked at. */
  public newest: NewestEntry | null = null;
  /** The newest entry is settled up to this number: its increments are known to be applied. */
  #settledThrough = 0;
  /** False: somebody else may have appended; read before going on. */
  public isCaughtUp = false;

  public constructor(public readonly journal: JournalName) {}

  /** The number of the newest known entry, as its key says. */
  public get lastNumber(): number {
    return this.newest?.number ?? 0;
  }

  /** Nothing was learned yet, or there is nothing to learn. */
  public get isEmpty(): boolean {
    return this.newest === null;
  }

  /** What it takes in memory. */
  public get byteLength(): number {
    return this.#index.byteLength + this.recent.byteLength + (this.filter?.byteLength ?? 0);
  }

  public get isSettled(): boolean {
    return this.newest === null || this.#settledThrough === this.newest.number;
  }

  /** Whether the id at `index` of `ids` is in one of the indexed entries; or which of them have to be asked. */
  public find(ids: Uint32Array, index: number): boolean | readonly number[] {
    const at = index * ID_WORDS;
    let toAsk = NONE;
    for (const place of this.#index.placesOf(ids, at)) {
      // The entries that share a place: few journals have more than one each.
      for (let number = place || PLACES; number <= this.lastNumber; number += PLACES) {
        if (!this.recent.holds(number)) toAsk = [...toAsk, number];
        else if (this.recent.has(number, ids, at)) return true;
      }
    }
    return toAsk.length > 0 && toAsk;
  }

  /** Call before finding many: it makes that faster, and changes nothing. */
  public touch(ids: Uint32Array, from: number, to: number): number {
    return this.#index.touch(ids, from * ID_WORDS, to * ID_WORDS);
  }

  /**
   * Take in an entry that is certainly in the journal.
   *
   * @throws {TallyError} `journal_gap`: an entry is missing; counting on would double its ids.
   */
  public learn(entry: NumberedEntry): void {
    if (entry.number !== this.lastNumber + 1) {
      throw new TallyError(
        'journal_gap',
        `journal ${journalNameText(this.journal)} has entry ${entry.number} after entry ${this.lastNumber}; ` +
          `entries are numbered without gaps. Something deleted from the journal: stop counting and rebuild the day.`,
      );
    }
    this.#take(entry);
    this.filterDraft?.add(entry);
  }

  /** Know the first entries by a filter, and the last of them by itself: it may have to be settled. Only of an empty knowledge. */
  public restOn(filter: JournalFilter, last: NumberedEntry): void {
    this.filter = filter;
    this.#take(last);
  }

  /** Know nothing of the entries any more. What was settled stays settled. */
  public forget(): void {
    this.#index = new IdIndex();
    this.recent = new RecentIds();
    this.filter = this.filterDraft = this.newest = null;
    this.isCaughtUp = false;
  }

  #take(entry: NumberedEntry): void {
    const ids = idWordsOf(entry.ids);
    this.#index.addAll(ids, entry.number);
    this.recent.add(entry.number, ids);
    this.newest = { number: entry.number, increments: entry.increments };
  }

  /** Its increments are let go: with many counters they take more memory than all ids together. */
  public markSettled(number: number): void {
    this.#settledThrough = number;
    if (this.newest?.number === number) this.newest = { number, increments: [] };
  }
}
