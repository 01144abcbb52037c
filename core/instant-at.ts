/** Reads instants as most producers write them, from bytes. */
import { Piece, type RequestBytes } from './request-bytes.js';
import { MINUTE_MS, SECOND_MS, floorTo, formatInstant, parseInstant } from './time.js';

const POINT = 0x2e;
const ZERO = 0x30;
const CAPITAL_Z = 0x5a;

/** `2026-11-21T09:15:02.120Z` */
export const INSTANT_LENGTH = 24;
/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;

/** The minute read last: neighbouring events share theirs. Only a hint: whether it holds is seen by comparing. */
let lastMinute = { text: new Piece(Buffer.alloc(0)), ms: Number.NaN };

/** The instant that is written at `start` with milliseconds and in UTC. NaN: there is none, or it is written in another way. */
export function instantAt(request: RequestBytes, start: number): number {
  const { bytes } = request;
  const isKnown = !Number.isNaN(lastMinute.ms) && lastMinute.text.isAt(request, start);
  if (!isKnown && !readMinute(bytes, start)) return Number.NaN;
  const seconds = digitsAt(bytes, start + MINUTE_LENGTH, 2);
  const milliseconds = digitsAt(bytes, start + MINUTE_LENGTH + 3, 3);
  const isWritten =
    seconds < 60 &&
    milliseconds >= 0 &&
    bytes[start + MINUTE_LENGTH + 2] === POINT &&
    bytes[start + INSTANT_LENGTH - 1] === CAPITAL_Z;
  return isWritten ? lastMinute.ms + seconds * SECOND_MS + milliseconds : Number.NaN;
}

function readMinute(bytes: Buffer, start: number): boolean {
  const text = bytes.toString('latin1', start, start + INSTANT_LENGTH);
  const ms = parseInstant(text);
  if (ms === undefined || formatInstant(ms) !== text) return false;
  const minute = new Piece(bytes.subarray(start, start + MINUTE_LENGTH));
  lastMinute = { text: minute, ms: floorTo(ms, MINUTE_MS) };
  return true;
}

/** NaN: one is no digit. */
function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let number = 0;
  for (let at = start; at < start + count; at++) {
    const digit = (bytes[at] as number) - ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}
