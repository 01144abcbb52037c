/**
 * A count sheet: what counting needs to know of a chunk's events, worked out by ingest, which has them at hand.
 *
 * With it, counting neither inflates nor reads nor hashes what ingest has just written. It never leaves the machine that made it, it
 * may be missing, and it says nothing that the chunk does not: whoever doubts it reads the chunk.
 *
 *     crc32 of the rest, events, lanes, bytes of names    four numbers of 32 bits
 *     ids                                                  four words an event
 *     minutes since the epoch, values, places in names     one word an event each
 *     names                                                type, subject, lane, a line each
 */
import { identityCharacters } from '../identity.js';
import { EventNames } from '../event-names.js';
import type { TallyEvent } from '../event.js';
import { MINUTE_MS } from '../time.js';
import { crc32 } from '../zlib.js';
import { ID_WORDS, writeId } from './ids.js';
import { namesIn, type SheetName } from './sheet-names.js';

export interface CountSheet {
  readonly eventCount: number;
  /** `ID_WORDS` an event. */
  readonly ids: Uint32Array;
  readonly minutes: Int32Array;
  readonly values: Int32Array;
  readonly nameIndexes: Uint32Array;
  readonly names: readonly SheetName[];
}

const WORD_BYTES = 4;
const HEAD_WORDS = 4;
const WORDS_PER_EVENT = ID_WORDS + 3;

/** Writes the sheets of one engine's chunks. */
export function makeWriteSheet(
  laneOf: (partitionKey: string) => number,
  laneCount: number,
): (events: readonly TallyEvent[]) => Uint8Array {
  return (events) => {
    const count = events.length;
    const names = new NameList(laneOf);
    const words = new Uint32Array(HEAD_WORDS + count * WORDS_PER_EVENT);
    const minutesAt = HEAD_WORDS + count * ID_WORDS;
    for (let index = 0; index < count; index++) {
      const event = events[index] as TallyEvent;
      writeId(identityCharacters(event), words, HEAD_WORDS + index * ID_WORDS);
      words[minutesAt + index] = Math.floor(event.timeMs / MINUTE_MS);
      words[minutesAt + count + index] = event.value;
      words[minutesAt + 2 * count + index] = names.indexOf(EventNames.of(event));
    }
    const nameBytes = Buffer.from(names.text);
    words.set([count, laneCount, nameBytes.length], 1);
    const sheet = Buffer.concat([Buffer.from(words.buffer), nameBytes]);
    sheet.writeUInt32LE(crc32(sheet.subarray(WORD_BYTES)));
    return sheet;
  };
}

/** Numbers the names of a chunk in the order in which they come. */
class NameList {
  public text = '';
  readonly #indexByNames = new Map<EventNames, number>();

  public constructor(private readonly laneOf: (partitionKey: string) => number) {}

  public indexOf(names: EventNames): number {
    const known = this.#indexByNames.get(names);
    if (known !== undefined) return known;
    const index = this.#indexByNames.size;
    this.text += `${names.type}\n${names.subject}\n${this.laneOf(names.partitionKey)}\n`;
    this.#indexByNames.set(names, index);
    return index;
  }
}

/** Read a sheet. `undefined`: it is damaged, or was made for another number of lanes; the chunk itself must be read. */
export function readSheet(bytes: Uint8Array, laneCount: number): CountSheet | undefined {
  if (bytes.length < HEAD_WORDS * WORD_BYTES) return undefined;
  const { buffer, byteOffset, length } = aligned(bytes);
  const [crc, count, lanes, nameBytes] = new Uint32Array(buffer, byteOffset, HEAD_WORDS) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const namesAt = (HEAD_WORDS + count * WORDS_PER_EVENT) * WORD_BYTES;
  if (lanes !== laneCount || namesAt + nameBytes !== length) return undefined;
  if (crc32(new Uint8Array(buffer, byteOffset + WORD_BYTES, length - WORD_BYTES)) !== crc) return undefined;
  const wordsAt = (word: number): number => byteOffset + (HEAD_WORDS + word) * WORD_BYTES;
  return {
    eventCount: count,
    ids: new Uint32Array(buffer, wordsAt(0), count * ID_WORDS),
    minutes: new Int32Array(buffer, wordsAt(count * ID_WORDS), count),
    values: new Int32Array(buffer, wordsAt(count * (ID_WORDS + 1)), count),
    nameIndexes: new Uint32Array(buffer, wordsAt(count * (ID_WORDS + 2)), count),
    names: namesIn(Buffer.from(buffer, byteOffset + namesAt, nameBytes)),
  };
}

/** Typed arrays want their words aligned. What comes out of a store mostly is, but nobody promises it. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteOffset % WORD_BYTES === 0 ? bytes : new Uint8Array(bytes);
