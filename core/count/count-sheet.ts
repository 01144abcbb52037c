/**
 * A count sheet: what counting needs to know of a chunk's events, worked out by ingest, which has them at hand.
 *
 * With it, counting neither inflates nor reads nor hashes what ingest has just written. It never leaves the machine that made it, it
 * may be missing, and it says nothing that the chunk does not: whoever doubts it reads the chunk.
 *
 *     crc32 of the rest, events, lanes, names, the run of numbers (two words), 32 bits each
 *     ids                                                  four words an event
 *     minutes since the epoch, values, places in names     one word an event each
 *     numbers of names                                     one word a name
 *     names                                                type, subject, lane, a line each
 *
 * Names have numbers that they keep in many sheets: a run of numbers. Who knows them by their numbers need not read them again.
 */
import { sha256 } from '../crypto.js';
import { identityCharacters } from '../identity.js';
import { scannedIdentityCharacters } from '../identity-bytes.js';
import type { TallyEvent } from '../event.js';
import { ScannedEvent, namesOf } from '../scanned-event.js';
import { MINUTE_MS } from '../time.js';
import { crc32 } from '../zlib.js';
import { ID_WORDS, idWordsOf, writeId } from './ids.js';
import { KnownNames, NameList, type SheetName } from './sheet-names.js';

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
const RUN_WORDS = 2;
const HEAD_WORDS = 4 + RUN_WORDS;
const WORDS_PER_EVENT = ID_WORDS + 3;

/** Writes the sheets of one engine's chunks. `makeId` answers with what nobody else has: numbers of two runs are never taken for each other. */
export function makeWriteSheet(
  laneOf: (partitionKey: string) => number,
  laneCount: number,
  makeId: () => string,
): (events: readonly TallyEvent[]) => Uint8Array {
  const run = idWordsOf(sha256(makeId())).slice(0, RUN_WORDS);
  return (events) => {
    const count = events.length;
    const names = new NameList();
    const words = new Uint32Array(HEAD_WORDS + count * WORDS_PER_EVENT);
    const minutesAt = HEAD_WORDS + count * ID_WORDS;
    for (let index = 0; index < count; index++) {
      const event = events[index] as TallyEvent;
      writeId(charactersOf(event), words, HEAD_WORDS + index * ID_WORDS);
      words[minutesAt + index] = Math.floor(event.timeMs / MINUTE_MS);
      words[minutesAt + count + index] = event.value;
      words[minutesAt + 2 * count + index] = names.indexOf(namesOf(event));
    }
    const numbers = names.numbers();
    words.set([count, laneCount, numbers.length, ...run], 1);
    const sheet = Buffer.concat([bytesOf(words), bytesOf(numbers), names.bytes(laneOf)]);
    sheet.writeUInt32LE(crc32(sheet.subarray(WORD_BYTES)));
    return sheet;
  };
}

const bytesOf = (words: Uint32Array): Buffer => Buffer.from(words.buffer);

const charactersOf = (event: TallyEvent): string =>
  event instanceof ScannedEvent ? scannedIdentityCharacters(event) : identityCharacters(event);

/** Reads sheets. `undefined`: it is damaged, or was made for another number of lanes; the chunk itself must be read. */
export function makeReadSheet(laneCount: number): (bytes: Uint8Array) => CountSheet | undefined {
  const names = new KnownNames();
  return (bytes) => readSheet(bytes, laneCount, names);
}

function readSheet(bytes: Uint8Array, laneCount: number, knownNames: KnownNames): CountSheet | undefined {
  if (bytes.length < HEAD_WORDS * WORD_BYTES) return undefined;
  const { buffer, byteOffset, length } = aligned(bytes);
  const wordsOf = (from: number, wordCount: number): Uint32Array =>
    new Uint32Array(buffer, byteOffset + from * WORD_BYTES, wordCount);
  const [crc = 0, count = 0, lanes = 0, nameCount = 0, ...run] = wordsOf(0, HEAD_WORDS);
  const numbersAt = HEAD_WORDS + count * WORDS_PER_EVENT;
  const namesAt = (numbersAt + nameCount) * WORD_BYTES;
  if (lanes !== laneCount || namesAt > length) return undefined;
  if (crc32(new Uint8Array(buffer, byteOffset + WORD_BYTES, length - WORD_BYTES)) !== crc) return undefined;
  const wordsAt = (word: number): number => byteOffset + (HEAD_WORDS + word) * WORD_BYTES;
  return {
    eventCount: count,
    ids: new Uint32Array(buffer, wordsAt(0), count * ID_WORDS),
    minutes: new Int32Array(buffer, wordsAt(count * ID_WORDS), count),
    values: new Int32Array(buffer, wordsAt(count * (ID_WORDS + 1)), count),
    nameIndexes: new Uint32Array(buffer, wordsAt(count * (ID_WORDS + 2)), count),
    names: knownNames.of(
      run.join(),
      wordsOf(numbersAt, nameCount),
      Buffer.from(buffer, byteOffset + namesAt, length - namesAt),
    ),
  };
}

/** Typed arrays want their words aligned. What comes out of a store mostly is, but nobody promises it. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteOffset % WORD_BYTES === 0 ? bytes : new Uint8Array(bytes);
