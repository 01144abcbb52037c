import { identityCharacters } from '../identity.js';
import type { ArchivedEvent } from '../event.js';
import type { JournalName } from '../journal.js';
import { MINUTE_MS } from '../time.js';
import { ID_WORDS, copyId, writeId } from './id-set.js';

/** One event of a group, without its id: what it adds to which counters. */
export interface GroupedEvent {
  readonly type: string;
  readonly subject: string;
  /** Minute of the slice, from 0. */
  readonly minute: number;
  readonly value: number;
}

const CAPACITY_MIN = 16;

/**
 * The events of one batch that belong to one journal, in order of arrival.
 *
 * Ids lie in one typed array beside the events, because each is looked at several times: known, in this batch, stored.
 */
export class JournalGroup {
  public readonly events: GroupedEvent[] = [];
  #ids = new Uint32Array(CAPACITY_MIN * ID_WORDS);

  public constructor(public readonly journal: JournalName) {}

  /** The ids of the events, `ID_WORDS` words each; may be longer than that. */
  public get ids(): Uint32Array {
    return this.#ids;
  }

  public add(event: ArchivedEvent): void {
    const at = this.events.length * ID_WORDS;
    if (at === this.#ids.length) this.#grow();
    writeId(identityCharacters(event), this.#ids, at);
    const minute = Math.floor((event.timeMs - this.journal.sliceStartMs) / MINUTE_MS);
    this.events.push({ type: event.type, subject: event.subject, minute, value: event.value });
  }

  /** Add an event whose id, the one at `index` of `ids`, was worked out before. */
  public addKnown(event: GroupedEvent, ids: Uint32Array, index: number): void {
    const at = this.events.length * ID_WORDS;
    if (at === this.#ids.length) this.#grow();
    copyId(ids, index * ID_WORDS, this.#ids, at);
    this.events.push(event);
  }

  #grow(): void {
    const larger = new Uint32Array(this.#ids.length * 2);
    larger.set(this.#ids);
    this.#ids = larger;
  }
}

/** Ids as an entry stores them: 16 bytes each. */
export function idBytesOf(words: Uint32Array, count: number): Uint8Array {
  const bytes = new Uint8Array(count * ID_WORDS * 4);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < count * ID_WORDS; word++) view.setUint32(word * 4, words[word] ?? 0, true);
  return bytes;
}

/** The reverse of `idBytesOf`. */
export function idWordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(bytes.byteLength / 4);
  for (let word = 0; word < words.length; word++) words[word] = view.getUint32(word * 4, true);
  return words;
}
