/** Writes archive lines as bytes: see `archive-line.ts` for what a line is. */
import type { Stamp, TallyEvent } from './event.js';
import { MINUTE_MS, SECOND_MS, formatInstant } from './time.js';

const HEAD = Buffer.from('{"specversion":"1.0","id":"');
const VALUE = Buffer.from('","value":');
const END = Buffer.from('}\n');
const [ONE, ZERO] = [0x31, 0x30];

/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;
const LONG_PIECE_LENGTH = 8;
const BYTES_MIN = 1_024;
/** Names, numbers and instants of a line; its texts come on top. */
const FRAME_BYTES_MAX = 512;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** Writes the lines of one chunk, each with its newline, one behind the other. */
export class LineWriter {
  #bytes: Buffer;
  #at = 0;
  readonly #stamp: Buffer;
  readonly #time = Buffer.from(formatInstant(0));
  #minute = 0;

  /** @param bytesExpected room for so much is made at once. */
  public constructor({ receivedAtMs, chunkId }: Omit<Stamp, 'position'>, bytesExpected = BYTES_MIN) {
    this.#bytes = Buffer.allocUnsafe(Math.max(bytesExpected, BYTES_MIN));
    this.#stamp = Buffer.from(
      `,"receivedat":"${formatInstant(receivedAtMs)}","chunk":"${inner(chunkId)}","position":`,
    );
  }

  /** All that was written; a view, so nothing may be written afterwards. */
  public get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  public write(event: TallyEvent, position: number): void {
    const names = namesOf(event);
    const id = inner(event.id);
    const textLength = id.length + event.restJson.length;
    this.#makeRoom(
      FRAME_BYTES_MAX + names.length + this.#stamp.length + textLength * UTF8_BYTES_PER_UNIT_MAX,
    );
    this.#put(HEAD);
    this.#at += this.#bytes.write(id, this.#at);
    this.#put(names);
    this.#putInstant(event.timeMs);
    this.#put(VALUE);
    if (event.value === 1) this.#bytes[this.#at++] = ONE;
    else this.#at += this.#bytes.write(String(event.value), this.#at, 'latin1');
    this.#put(this.#stamp);
    this.#putInteger(position);
    this.#put(restBytesOf(event.restJson));
    this.#put(END);
  }

  #put(piece: Uint8Array): void {
    const bytes = this.#bytes;
    const start = this.#at;
    // A call costs as much as some forty bytes.
    if (piece.length > LONG_PIECE_LENGTH) bytes.set(piece, start);
    else for (let at = 0; at < piece.length; at++) bytes[start + at] = piece[at] as number;
    this.#at = start + piece.length;
  }

  #putInteger(number: number): void {
    let length = 1;
    for (let power = 10; power <= number; power *= 10) length++;
    let rest = number;
    for (let at = this.#at + length - 1; at >= this.#at; at--) {
      const tens = Math.floor(rest / 10);
      this.#bytes[at] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.#at += length;
  }

  /** Neighbouring events share their minute: only its seconds are written anew. */
  #putInstant(ms: number): void {
    const minute = Math.floor(ms / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#time.write(formatInstant(ms), 'latin1');
      this.#minute = minute;
    }
    const time = this.#time;
    const withinMs = ms - minute * MINUTE_MS;
    const seconds = Math.floor(withinMs / SECOND_MS);
    const milliseconds = withinMs - seconds * SECOND_MS;
    const [tenSeconds, hundreds, tens] = [
      (seconds / 10) | 0,
      (milliseconds / 100) | 0,
      (milliseconds / 10) | 0,
    ];
    time[MINUTE_LENGTH] = ZERO + tenSeconds;
    time[MINUTE_LENGTH + 1] = ZERO + seconds - tenSeconds * 10;
    time[MINUTE_LENGTH + 3] = ZERO + hundreds;
    time[MINUTE_LENGTH + 4] = ZERO + tens - hundreds * 10;
    time[MINUTE_LENGTH + 5] = ZERO + milliseconds - tens * 10;
    this.#put(time);
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

interface Names extends Pick<TallyEvent, 'source' | 'type' | 'subject' | 'partitionKey'> {
  readonly bytes: Buffer;
}

const REMEMBERED_NAMES_MAX = 10_000;
const namesByPartitionKey = new Map<string, Names>();

/** From source to partition key, as they stand in a line. Events share their names with many others, and a partition key often has one. */
function namesOf({ source, type, subject, partitionKey }: TallyEvent): Buffer {
  const known = namesByPartitionKey.get(partitionKey);
  if (known?.subject === subject && known.type === type && known.source === source) return known.bytes;
  const bytes = Buffer.from(
    `","source":"${inner(source)}","type":"${inner(type)}","subject":"${inner(subject)}",` +
      `"partitionkey":"${inner(partitionKey)}","time":"`,
  );
  if (namesByPartitionKey.size >= REMEMBERED_NAMES_MAX) namesByPartitionKey.clear();
  namesByPartitionKey.set(partitionKey, { source, type, subject, partitionKey, bytes });
  return bytes;
}

// The usual data is the same text again and again.
let lastRest = '';
let lastRestBytes = Buffer.alloc(0);

function restBytesOf(rest: string): Buffer {
  if (rest !== lastRest) {
    lastRestBytes = Buffer.from(rest);
    lastRest = rest;
  }
  return lastRestBytes;
}

/** A text as it stands between the quotes of a JSON string. Nearly all stand there as they are. */
const inner = (text: string): string => (ESCAPED.test(text) ? JSON.stringify(text).slice(1, -1) : text);

/** What JSON.stringify may write in another way. */
// eslint-disable-next-line no-control-regex -- they are what must be escaped
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;
