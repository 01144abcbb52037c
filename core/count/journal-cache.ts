import { journalNameText, type JournalName } from '../journal.js';
import { JournalKnowledge } from './journal-knowledge.js';

/**
 * What a worker knows of its journals, within a budget of memory.
 *
 * Forgetting is always safe: a journal that is not known is read from its first entry.
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

  /** Forget the journals that were not used for longest, until the rest fits the budget. */
  public shrink(): void {
    let bytes = 0;
    for (const { byteLength } of this.#knowledgeByName.values()) bytes += byteLength;
    for (const [name, { byteLength }] of this.#knowledgeByName) {
      if (bytes <= this.bytesMax) return;
      this.#knowledgeByName.delete(name);
      bytes -= byteLength;
    }
  }
}
