import { counterOf } from './event.js';
import { EventNames } from './event-names.js';
import type { RequestBytes, TextSpan } from './request-bytes.js';
import { isTypeName } from './type-name.js';

/** The texts of an event that it shares with others. An empty key is the default one. */
export interface NameSpans {
  readonly source: TextSpan;
  readonly type: TextSpan;
  readonly subject: TextSpan;
  readonly partitionKey: TextSpan;
}

const SLOTS = 8_192;
/** A power of two, so that neighbours are each other's. */
const PLACES = 4;
/** The four lengths in one, then the four texts, each from a word of its own. Longer names are made anew for each event. */
const ROW_WORDS = 32;
const WORD_BYTES = 4;

/**
 * Names that come again and again, told by their bytes: finding them costs less than making them. A newer one takes the place
 * of an older. Each has a few places: with one, a twentieth of a thousand names would take each other's all the time.
 *
 * What is compared lies in one array, row by row: each object on the way would be a miss of the processor's cache.
 */
export class NamesTable {
  readonly #rows = new Int32Array(SLOTS * ROW_WORDS);
  readonly #names = new Array<EventNames | undefined>(SLOTS).fill(undefined);

  /** The names in these bytes, which are ASCII. `undefined`: the type is no type's name. */
  public find(bytes: RequestBytes, spans: NameSpans): EventNames | undefined {
    const { source, type, subject, partitionKey } = spans;
    if (!fitsRow(spans)) return namesIn(bytes, spans);
    const hash =
      Math.imul(Math.imul(Math.imul(source.hash, 31) + type.hash, 31) + subject.hash, 31) + partitionKey.hash;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (let place = 0; place < PLACES; place++) {
      const names = this.#names[slot ^ place];
      if (names === undefined) return this.#make(bytes, spans, slot ^ place);
      if (this.#areHere(bytes, spans, slot ^ place)) return names;
    }
    return this.#make(bytes, spans, slot);
  }

  #areHere(bytes: RequestBytes, spans: NameSpans, slot: number): boolean {
    const rows = this.#rows;
    const { source, type, subject, partitionKey } = spans;
    let at = slot * ROW_WORDS;
    if (rows[at++] !== lengthsOf(spans)) return false;
    // What differs most comes first.
    for (let from = subject.start; from < subject.end; from += WORD_BYTES)
      if (rows[at++] !== wordOf(bytes, from, subject.end)) return false;
    for (let from = source.start; from < source.end; from += WORD_BYTES)
      if (rows[at++] !== wordOf(bytes, from, source.end)) return false;
    for (let from = type.start; from < type.end; from += WORD_BYTES)
      if (rows[at++] !== wordOf(bytes, from, type.end)) return false;
    for (let from = partitionKey.start; from < partitionKey.end; from += WORD_BYTES)
      if (rows[at++] !== wordOf(bytes, from, partitionKey.end)) return false;
    return true;
  }

  #make(bytes: RequestBytes, spans: NameSpans, slot: number): EventNames | undefined {
    const names = namesIn(bytes, spans);
    if (names === undefined) return undefined;
    let at = slot * ROW_WORDS;
    this.#rows[at++] = lengthsOf(spans);
    for (const { start, end } of [spans.subject, spans.source, spans.type, spans.partitionKey])
      for (let from = start; from < end; from += WORD_BYTES) this.#rows[at++] = wordOf(bytes, from, end);
    return (this.#names[slot] = names);
  }
}

function fitsRow({ source, type, subject, partitionKey }: NameSpans): boolean {
  const wordCount =
    wordCountOf(source) + wordCountOf(type) + wordCountOf(subject) + wordCountOf(partitionKey);
  return wordCount < ROW_WORDS;
}

const wordCountOf = ({ length }: TextSpan): number => (length + WORD_BYTES - 1) >>> 2;

/** Different for different lengths of names that fit a row: none is longer than 124 bytes. */
const lengthsOf = ({ source, type, subject, partitionKey }: NameSpans): number =>
  source.length | (type.length << 8) | (subject.length << 16) | (partitionKey.length << 24);

/** The four bytes at `at` of a text that ends at `end`; zeros behind its end. */
function wordOf(bytes: RequestBytes, at: number, end: number): number {
  const word = bytes.wordAt(at);
  const length = end - at;
  return length >= WORD_BYTES ? word : word & ((1 << (length * 8)) - 1);
}

function namesIn(
  { bytes }: RequestBytes,
  { source, type, subject, partitionKey }: NameSpans,
): EventNames | undefined {
  const textOf = ({ start, end }: TextSpan): string => bytes.toString('latin1', start, end);
  const typeName = textOf(type);
  if (!isTypeName(typeName)) return undefined;
  const subjectText = textOf(subject);
  const key = partitionKey.length > 0 ? textOf(partitionKey) : counterOf(typeName, subjectText);
  return new EventNames(textOf(source), typeName, subjectText, key);
}
