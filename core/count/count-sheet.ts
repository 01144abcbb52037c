/**
 * A count sheet: what counting needs to know of a chunk's events, put down by ingest, which has it at hand.
 *
 * With it, counting neither inflates nor reads what ingest has just written. It never leaves the machine that made it, it
 * may be missing, and it says nothing that the chunk does not: whoever doubts it reads the chunk.
 *
 *     check, events, names, bytes of ids, the run of numbers (two words), 32 bits each
 *     minutes since the epoch, values, places in names, ends of ids    one word an event each
 *     numbers of names                                                 one word a name
 *     ids                                                              as in the events, UTF-8
 *     names                                                            see `sheet-names.ts`
 *
 * The check is the CRC-32 of the rest, with the number of this layout. Names have numbers that they keep in many sheets:
 * a run of numbers. Who knows them by their numbers need not read them again.
 */
import { sha256 } from '../crypto.js';
import type { EventNames } from '../event-names.js';
import { hashIdentity } from '../identity-bytes.js';
import type { TallyEvent } from '../event.js';
import { RequestBytes } from '../request-bytes.js';
import { ScannedEvent, namesOf } from '../scanned-event.js';
import { MINUTE_MS } from '../time.js';
import { crc32 } from '../zlib.js';
import { ID_WORDS, idWordsOf, writeId } from './ids.js';
import { KnownNames, NameList } from './sheet-names.js';

export interface CountSheet {
  readonly eventCount: number;
  /** `ID_WORDS` an event. */
  readonly ids: Uint32Array;
  readonly minutes: Int32Array;
  readonly values: Int32Array;
  readonly nameIndexes: Uint32Array;
  readonly names: readonly EventNames[];
}

/** A sheet of another layout, from before an upgrade, looks damaged. */
const LAYOUT = 2;
const WORD_BYTES = 4;
const RUN_WORDS = 2;
const HEAD_WORDS = 4 + RUN_WORDS;
const WORDS_PER_EVENT = 4;

/** Writes the sheets of one engine's chunks. `makeId` answers with what nobody else has: numbers of two runs are never taken for each other. */
export function makeWriteSheet(makeId: () => string): (events: readonly TallyEvent[]) => Uint8Array {
  const run = idWordsOf(sha256(makeId())).slice(0, RUN_WORDS);
  const ids = new IdBytes();
  // Room for the events of the last sheet: what each leaves to be collected costs more than what it writes.
  let room = new Uint32Array(0);
  return (events) => {
    const count = events.length;
    const names = new NameList();
    const wordCount = HEAD_WORDS + count * WORDS_PER_EVENT;
    if (room.length < wordCount) room = new Uint32Array(wordCount);
    const words = room.subarray(0, wordCount);
    ids.begin(events);
    for (let index = 0; index < count; index++) {
      const event = events[index] as TallyEvent;
      const at = HEAD_WORDS + index;
      words[at] = Math.floor(event.timeMs / MINUTE_MS);
      words[at + count] = event.value;
      words[at + 2 * count] = names.indexOf(namesOf(event));
      words[at + 3 * count] = ids.write(event);
    }
    const numbers = names.numbers();
    words.set([count, numbers.length, ids.bytes.length, ...run], 1);
    const sheet = Buffer.concat([bytesOf(words), bytesOf(numbers), ids.bytes, names.bytes()]);
    sheet.writeUInt32LE(checkOf(sheet));
    return sheet;
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const checkOf = (sheet: Uint8Array): number => (crc32(sheet.subarray(WORD_BYTES)) ^ LAYOUT) >>> 0;

/** Ids are copied in words, and the last one may reach so far beyond its end. */
const WORD_OVERHANG = WORD_BYTES - 1;

/** The ids of events, one behind the other. */
class IdBytes {
  #room = Buffer.alloc(0);
  #view = new DataView(this.#room.buffer);
  #end = 0;

  /** Make room for the ids of other events. */
  public begin(events: readonly TallyEvent[]): void {
    let length = WORD_OVERHANG;
    for (const event of events) length += idLengthOf(event);
    this.#end = 0;
    if (length <= this.#room.length) return;
    this.#room = Buffer.allocUnsafeSlow(length);
    this.#view = new DataView(this.#room.buffer);
  }

  public get bytes(): Buffer {
    return this.#room.subarray(0, this.#end);
  }

  /** @returns where the id ends. */
  public write(event: TallyEvent): number {
    if (event instanceof ScannedEvent) {
      event.request.copy(event.idStart, event.idLength, this.#view, this.#end);
      this.#end += event.idLength;
    } else this.#end += this.#room.write(event.id, this.#end);
    return this.#end;
  }
}

const idLengthOf = (event: TallyEvent): number =>
  event instanceof ScannedEvent ? event.idLength : Buffer.byteLength(event.id);

/** Reads sheets. `undefined`: it is damaged, or of another layout; the chunk itself must be read. */
export function makeReadSheet(): (bytes: Uint8Array) => CountSheet | undefined {
  const names = new KnownNames();
  return (bytes) => readSheet(bytes, names);
}

function readSheet(bytes: Uint8Array, knownNames: KnownNames): CountSheet | undefined {
  if (bytes.length < HEAD_WORDS * WORD_BYTES) return undefined;
  const { buffer, byteOffset, length } = aligned(bytes);
  const sheet = Buffer.from(buffer, byteOffset, length);
  const wordsAt = (from: number, wordCount: number): Uint32Array =>
    new Uint32Array(buffer, byteOffset + from * WORD_BYTES, wordCount);
  const [check, count = 0, nameCount = 0, idsLength = 0, ...run] = wordsAt(0, HEAD_WORDS);
  if (checkOf(sheet) !== check) return undefined;
  const column = (number: number): Uint32Array => wordsAt(HEAD_WORDS + number * count, count);
  const numbersAt = HEAD_WORDS + count * WORDS_PER_EVENT;
  const idsAt = (numbersAt + nameCount) * WORD_BYTES;
  const namesAt = idsAt + idsLength;
  const names = knownNames.of(run.join(), wordsAt(numbersAt, nameCount), sheet.subarray(namesAt));
  const nameIndexes = column(2);
  return {
    eventCount: count,
    ids: hashedIds(new RequestBytes(sheet.subarray(idsAt, namesAt)), column(3), names, nameIndexes),
    minutes: signed(column(0)),
    values: signed(column(1)),
    nameIndexes,
    names,
  };
}

/**
 * Hashed here and not by ingest, so that the thread that has most to do has less: hashing is a tenth of what it would do
 * for an event.
 */
function hashedIds(
  idBytes: RequestBytes,
  ends: Uint32Array,
  names: readonly EventNames[],
  nameIndexes: Uint32Array,
): Uint32Array {
  const ids = new Uint32Array(ends.length * ID_WORDS);
  let start = 0;
  for (let index = 0; index < ends.length; index++) {
    const end = ends[index] as number;
    const namesOfEvent = names[nameIndexes[index] as number] as EventNames;
    writeId(hashIdentity(namesOfEvent, idBytes, start, end - start), ids, index * ID_WORDS);
    start = end;
  }
  return ids;
}

const signed = ({ buffer, byteOffset, length }: Uint32Array): Int32Array =>
  new Int32Array(buffer, byteOffset, length);

/** Typed arrays want their words aligned. What comes out of a store mostly is, but nobody promises it. */
const aligned = (bytes: Uint8Array): Uint8Array =>
  bytes.byteOffset % WORD_BYTES === 0 ? bytes : new Uint8Array(bytes);
