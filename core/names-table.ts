import { counterOf } from './event.js';
import { EventNames } from './event-names.js';
import type { TextSpan } from './request-bytes.js';
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
/** Four lengths, then the four texts. Longer names are made anew for each event. */
const ROW_BYTES = 128;
const LENGTHS = 4;
const TEXT_BYTES_MAX = ROW_BYTES - LENGTHS;

/**
 * Names that come again and again, told by their bytes: finding them costs less than making them. A newer one takes the place
 * of an older. Each has a few places: with one, a twentieth of a thousand names would take each other's all the time.
 *
 * What is compared lies in one array, row by row: each object on the way would be a miss of the processor's cache.
 */
export class NamesTable {
  readonly #rows = new Uint8Array(SLOTS * ROW_BYTES);
  readonly #names = new Array<EventNames | undefined>(SLOTS).fill(undefined);

  /** The names in these bytes, which are ASCII. `undefined`: the type is no type's name. */
  public find(bytes: Buffer, spans: NameSpans): EventNames | undefined {
    const { source, type, subject, partitionKey } = spans;
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

  #areHere(bytes: Uint8Array, { source, type, subject, partitionKey }: NameSpans, slot: number): boolean {
    const rows = this.#rows;
    let at = slot * ROW_BYTES;
    if (rows[at++] !== source.length || rows[at++] !== type.length) return false;
    if (rows[at++] !== subject.length || rows[at++] !== partitionKey.length) return false;
    for (let from = source.start; from < source.end; from++) if (rows[at++] !== bytes[from]) return false;
    for (let from = type.start; from < type.end; from++) if (rows[at++] !== bytes[from]) return false;
    for (let from = subject.start; from < subject.end; from++) if (rows[at++] !== bytes[from]) return false;
    for (let from = partitionKey.start; from < partitionKey.end; from++)
      if (rows[at++] !== bytes[from]) return false;
    return true;
  }

  #make(bytes: Buffer, spans: NameSpans, slot: number): EventNames | undefined {
    const names = namesIn(bytes, spans);
    const pieces = [spans.source, spans.type, spans.subject, spans.partitionKey];
    const length = pieces.reduce((sum, span) => sum + span.length, 0);
    if (names === undefined || length > TEXT_BYTES_MAX) return names;
    let at = slot * ROW_BYTES;
    for (const span of pieces) this.#rows[at++] = span.length;
    for (const { start, end } of pieces) {
      this.#rows.set(bytes.subarray(start, end), at);
      at += end - start;
    }
    this.#names[slot] = names;
    return names;
  }
}

function namesIn(bytes: Buffer, { source, type, subject, partitionKey }: NameSpans): EventNames | undefined {
  const textOf = ({ start, end }: TextSpan): string => bytes.toString('latin1', start, end);
  const typeName = textOf(type);
  if (!isTypeName(typeName)) return undefined;
  const subjectText = textOf(subject);
  const key = partitionKey.length > 0 ? textOf(partitionKey) : counterOf(typeName, subjectText);
  return new EventNames(textOf(source), typeName, subjectText, key);
}
