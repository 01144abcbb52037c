import { journalNameText, type JournalName } from '../journal.js';
import { JournalKnowledge } from './journal-knowledge.js';

/** Ids take twice what their index takes: a small part of the memory for them, so that journals stay known for long. */
const RECENT_SHARE = 1 / 16;

/**
 * What a worker knows of its journals, within a budget of memory.
 *
 * Letting go is always safe. Ids of older entries that are not here are found by their index and looked up in the journal; a journal
 * that is not known at all is read from its first entry.
 */
export class JournalCache {
  /** In order of last use: a Map iterates in order of insertion, and each use inserts anew. */
  readonly #knowledgeByName = new Map<string, JournalKnowledge>();

  public constructor(private readonly bytesMax: number) {}

  public get(journal: JournalName): JournalKnowledge {
    const name = journalNameText(journal);
    const knowledge = this.#knowledgeByName.get(name) ?? new JournalKnowledge(journal);
    this.#knowledgeByName.delete(name);
    this.#knowledgeByName.set(name, knowledge);
    return knowledge;
  }

  /** Until the rest fits the budget: let go of older ids, then forget journals; first those that were not used for longest. */
  public shrink(): void {
    this.#letGoOfIds(this.bytesMax * RECENT_SHARE);
    let bytes = this.#sum(({ byteLength }) => byteLength);
    for (const [name, { byteLength }] of this.#knowledgeByName) {
      if (bytes <= this.bytesMax) return;
      this.#knowledgeByName.delete(name);
      bytes -= byteLength;
    }
  }

  #letGoOfIds(bytesMax: number): void {
    let bytes = this.#sum(({ recent }) => recent.byteLength);
    while (bytes > bytesMax)
      for (const { recent } of this.#knowledgeByName.values()) {
        if (bytes <= bytesMax) return;
        bytes -= recent.byteLength;
        recent.letGoOfHalf();
        bytes += recent.byteLength;
      }
  }

  #sum(bytesOf: (knowledge: JournalKnowledge) => number): number {
    let sum = 0;
    for (const knowledge of this.#knowledgeByName.values()) sum += bytesOf(knowledge);
    return sum;
  }
}
