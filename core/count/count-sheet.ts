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
import type { TallyEvent } from '../event.js';
import { MINUTE_MS } from '../time.js';
import { crc32 } from '../zlib.js';
import { ID_WORDS, writeId } from './ids.js';

/** The names that events share: whose counters they go to, and in which lane. */
export interface SheetName {
  readonly type: string;
  readonly subject: string;
  readonly lane: number;
}

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
const LINES_PER_NAME = 3;

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
      words[minutesAt + 2 * count + index] = names.indexOf(event);
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
  readonly #indexByKey = new Map<string, { readonly event: TallyEvent; readonly index: number }>();
  #count = 0;

  public constructor(private readonly laneOf: (partitionKey: string) => number) {}

  public indexOf(event: TallyEvent): number {
    const known = this.#indexByKey.get(event.partitionKey);
    if (known?.event.type === event.type && known.event.subject === event.subject) return known.index;
    const index = this.#count++;
    this.text += `${event.type}\n${event.subject}\n${this.laneOf(event.partitionKey)}\n`;
    this.#indexByKey.set(event.partitionKey, { event, index });
    return index;
  }
}

/** Read a sheet. `undefined`: it is damaged, or was made for another number of lanes; the chunk itself must be read. */
export function readSheet(bytes: Uint8Array, laneCount: number): CountSheet | undefined {
  // Typed arrays want their words aligned; what comes out of a store seldom is.
  const copy = new Uint8Array(bytes);
  if (copy.length < HEAD_WORDS * WORD_BYTES) return undefined;
  const [crc, count, lanes, nameBytes] = new Uint32Array(copy.buffer, 0, HEAD_WORDS) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const namesAt = (HEAD_WORDS + count * WORDS_PER_EVENT) * WORD_BYTES;
  if (lanes !== laneCount || namesAt + nameBytes !== copy.length) return undefined;
  if (crc32(copy.subarray(WORD_BYTES)) !== crc) return undefined;
  const wordsAt = (word: number): number => (HEAD_WORDS + word) * WORD_BYTES;
  return {
    eventCount: count,
    ids: new Uint32Array(copy.buffer, wordsAt(0), count * ID_WORDS),
    minutes: new Int32Array(copy.buffer, wordsAt(count * ID_WORDS), count),
    values: new Int32Array(copy.buffer, wordsAt(count * (ID_WORDS + 1)), count),
    nameIndexes: new Uint32Array(copy.buffer, wordsAt(count * (ID_WORDS + 2)), count),
    names: namesIn(Buffer.from(copy.buffer, namesAt).toString()),
  };
}

function namesIn(text: string): SheetName[] {
  const lines = text.split('\n');
  const names: SheetName[] = [];
  for (let at = 0; at + LINES_PER_NAME < lines.length; at += LINES_PER_NAME) {
    names.push({ type: pooled(lines[at]), subject: pooled(lines[at + 1]), lane: Number(lines[at + 2]) });
  }
  return names;
}

const POOL_MAX = 10_000;
const pool = new Map<string, string>();

/** One object for each text: as a key of maps it is hashed once, not once a chunk. */
function pooled(text = ''): string {
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= POOL_MAX) pool.clear();
  pool.set(text, text);
  return text;
}
