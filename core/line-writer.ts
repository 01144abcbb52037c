/** Writes archive lines as bytes: see `archive-line.ts` for what a line is. */
import type { Stamp, TallyEvent } from './event.js';
import { jsonInner } from './json-inner.js';
import { ID_BYTES_MAX } from './limits.js';
import { ScannedEvent, namesOf } from './scanned-event.js';
import { MINUTE_MS, SECOND_MS, formatInstant } from './time.js';

const HEAD = '{"specversion":"1.0","id":"';
const VALUE = '","value":';
const VALUE_BYTES = Buffer.from(VALUE);
const END = '}\n';
const ZERO = 0x30;

/** `2026-11-21T09:15:02.120Z` */
const INSTANT_LENGTH = 24;
/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;
const DOUBLE_BYTES = 8;
const BYTES_MIN = 1_024;
/** A line without its names, its stamp and its rest, with every byte of the id escaped. */
const FRAME_BYTES_MAX = 256 + 6 * ID_BYTES_MAX;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/**
 * Writes the lines of one chunk, each with its newline, one behind the other.
 *
 * Few large pieces: a line's head is written with the end of the line before, its usual value with the stamp.
 */
export class LineWriter {
  #bytes: Buffer;
  #view: DataView;
  #at: number;
  readonly #stamp: Buffer;
  readonly #valueOneAndStamp: Buffer;
  readonly #time = Buffer.alloc(INSTANT_LENGTH);
  readonly #timeView = viewOf(this.#time);
  #minute = Number.NaN;

  /** @param bytesExpected room for so much is made at once. */
  public constructor({ receivedAtMs, chunkId }: Omit<Stamp, 'position'>, bytesExpected = BYTES_MIN) {
    this.#bytes = takeRoom(Math.max(bytesExpected, BYTES_MIN));
    this.#view = viewOf(this.#bytes);
    this.#at = this.#bytes.write(HEAD);
    const stamp = `,"receivedat":"${formatInstant(receivedAtMs)}","chunk":"${jsonInner(chunkId)}","position":`;
    this.#stamp = Buffer.from(stamp);
    this.#valueOneAndStamp = Buffer.from(`${VALUE}1${stamp}`);
  }

  /** All that was written; a view, so nothing may be written afterwards. */
  public get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at - HEAD.length);
  }

  /** Let the next writer have the room. What `bytes` gave must not be read any more. */
  public release(): void {
    if (this.#bytes.length <= SPARE_BYTES_MAX) spareRoom = this.#bytes;
  }

  public write(event: TallyEvent, position: number): void {
    const names = namesOf(event).lineBytes;
    const restBytesMax = event.restJson.length * UTF8_BYTES_PER_UNIT_MAX;
    this.#makeRoom(FRAME_BYTES_MAX + names.length + this.#stamp.length + restBytesMax);
    this.#putId(event);
    this.#put(names);
    this.#putInstant(event.timeMs);
    this.#putValueAndStamp(event.value);
    this.#putInteger(position);
    this.#put(endBytesOf(event.restJson));
  }

  #putId(event: TallyEvent): void {
    if (event instanceof ScannedEvent) {
      event.request.copy(event.idStart, event.idLength, this.#view, this.#at);
      this.#at += event.idLength;
    } else {
      this.#at += this.#bytes.write(jsonInner(event.id), this.#at);
    }
  }

  #putValueAndStamp(value: number): void {
    if (value === 1) {
      this.#put(this.#valueOneAndStamp);
      return;
    }
    this.#put(VALUE_BYTES);
    this.#at += this.#bytes.write(String(value), this.#at, 'latin1');
    this.#put(this.#stamp);
  }

  #put(piece: Uint8Array): void {
    this.#bytes.set(piece, this.#at);
    this.#at += piece.length;
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
    // As doubles: 24 bytes are too few for `set` to pay.
    for (let at = 0; at < INSTANT_LENGTH; at += DOUBLE_BYTES, this.#at += DOUBLE_BYTES)
      this.#view.setFloat64(this.#at, this.#timeView.getFloat64(at, true), true);
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

// Room for lines is made once, and not for each chunk: it would be the most that a request leaves to be collected.
const SPARE_BYTES_MAX = 4 * 1024 * 1024;
let spareRoom: Buffer | undefined;

function takeRoom(bytes: number): Buffer {
  const room = spareRoom;
  // Taken, not shared: a writer that is not the only one makes room of its own.
  spareRoom = undefined;
  return room !== undefined && room.length >= bytes ? room : Buffer.allocUnsafe(bytes);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

// The usual data is the same text again and again.
let lastRest = '';
let lastEnd = Buffer.from(END + HEAD);

/** The rest of a line, and the head of the next. */
function endBytesOf(rest: string): Buffer {
  if (rest !== lastRest) {
    lastEnd = Buffer.from(rest + END + HEAD);
    lastRest = rest;
  }
  return lastEnd;
}
