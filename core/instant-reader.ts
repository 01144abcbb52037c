import { Piece, type RequestBytes } from './request-bytes.js';
import { MINUTE_MS, SECOND_MS, floorTo, formatInstant, parseInstant } from './time.js';

/** `2026-11-21T09:15:02.120Z` */
export const INSTANT_LENGTH = 24;
/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;
const WORD_BYTES = 4;

/** Reads instants from bytes, in UTC and with milliseconds, as `formatInstant` writes them. Neighbouring events share their minute: it is remembered. */
export class InstantReader {
  #minute = new Piece(Buffer.from(formatInstant(0).slice(0, MINUTE_LENGTH)));
  #minuteMs = 0;

  /** NaN: no instant is written at `start`, or it is written in another way. */
  public read(bytes: RequestBytes, start: number): number {
    if (!this.#minute.isAt(bytes, start) && !this.#learnMinute(bytes, start)) return Number.NaN;
    // `02.1` and `20Z"`, the first character lowest. A digit is one if neither it nor six more than it leaves its sixteen.
    const first = bytes.wordAt(start + MINUTE_LENGTH);
    const second = bytes.wordAt(start + MINUTE_LENGTH + WORD_BYTES);
    const seconds = (first & 0xf) * 10 + ((first >>> 8) & 0xf);
    const milliseconds = ((first >>> 24) & 0xf) * 100 + (second & 0xf) * 10 + ((second >>> 8) & 0xf);
    const isWritten =
      ((first & 0xf0fff0f0) | 0) === 0x302e3030 &&
      (((first + 0x06000606) & 0xf000f0f0) | 0) === 0x30003030 &&
      (second & 0xfff0f0) === 0x5a3030 &&
      ((second + 0x0606) & 0xf0f0) === 0x3030;
    return isWritten && seconds < 60 ? this.#minuteMs + seconds * SECOND_MS + milliseconds : Number.NaN;
  }

  #learnMinute({ bytes }: RequestBytes, start: number): boolean {
    const text = bytes.toString('latin1', start, start + INSTANT_LENGTH);
    const ms = parseInstant(text);
    if (ms === undefined || formatInstant(ms) !== text) return false;
    this.#minuteMs = floorTo(ms, MINUTE_MS);
    this.#minute = new Piece(bytes.subarray(start, start + MINUTE_LENGTH));
    return true;
  }
}
