/**
 * The archive line: the canonical form of an event, as ingest writes it, counting reads it and SQL audits it.
 *
 * The fixed part comes first, always whole and in this order, all scalar:
 * specversion, id, source, type, subject, partitionkey, time, value, receivedat, chunk, position.
 * Then the other attributes and `data`, as JSON.stringify writes them. One line, ended by a newline.
 */
import { counterOf, type ArchivedEvent, type Stamp, type TallyEvent } from './event.js';
import { shown } from './errors.js';
import { VALUE_MAX, VALUE_MIN } from './limits.js';
import { LineWriter } from './line-writer.js';
import { MINUTE_MS, floorTo, parseInstant } from './time.js';

const HEAD = '{"specversion":"1.0","id":"';
const SOURCE = '","source":"';
const TYPE = '","type":"';
const SUBJECT = '","subject":"';
const PARTITION_KEY = '","partitionkey":"';
const TIME = '","time":"';
const VALUE = '","value":';
const RECEIVED_AT = ',"receivedat":"';
const CHUNK = '","chunk":"';
const POSITION = '","position":';

const INSTANT_LENGTH = 24;
/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;

/** Format one line, without its newline. */
export function formatArchiveLine(event: TallyEvent, stamp: Stamp): string {
  const writer = new LineWriter(stamp);
  writer.write(event, stamp.position);
  return writer.bytes.toString('utf8', 0, writer.bytes.length - 1);
}

/** A line that could not be read, with the reason. */
export interface BadLine {
  readonly line: string;
  readonly message: string;
}

export interface LineVisitor {
  onEvent(event: ArchivedEvent, line: LineSpan): void;
  onBadLine(bad: BadLine): void;
}

/** Where a line lies in the text it was read from. */
export interface LineSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Read every line of a text, in order.
 *
 * A canonical line's fixed part is scanned, three times as fast as parsing it; any other line is parsed as JSON, with
 * the same outcome for every line that ingest writes. Lines that are no archive lines are handed to `onBadLine`; empty ones are skipped.
 */
export function readArchiveLines(text: string, visitor: LineVisitor): void {
  const scanner = new LineScanner(text);
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end > start) {
      const read = scanner.scan(start, end) ?? parseArchiveLine(text.slice(start, end));
      if (typeof read === 'string') visitor.onBadLine({ line: text.slice(start, end), message: read });
      else visitor.onEvent(read, { text, start, end });
    }
    start = end + 1;
  }
}

/** Scans canonical lines of one text from front to back. */
class LineScanner {
  readonly #text: string;
  /** The first backslash at or after the last place looked at; the text's length if there is none. */
  #nextBackslash = -1;
  // One for each: the two attributes are seldom of the same minute.
  readonly #time = new InstantReader();
  readonly #receivedAt = new InstantReader();
  // Neighbouring lines mostly share these.
  #source = '';
  #type = '';
  #chunkId = '';
  #at = 0;

  public constructor(text: string) {
    this.#text = text;
  }

  /** The event of a canonical line; `undefined`: not canonical (or not valid), so parse it. */
  public scan(start: number, end: number): ArchivedEvent | undefined {
    const text = this.#text;
    if (!text.startsWith(HEAD, start)) return undefined;
    this.#at = start + HEAD.length;
    const id = this.#textUntil(SOURCE);
    const source = (this.#source = this.#sameTextUntil(TYPE, this.#source));
    const type = (this.#type = this.#sameTextUntil(SUBJECT, this.#type));
    const subject = this.#textUntil(PARTITION_KEY);
    const partitionKey = this.#textUntil(TIME);
    if (this.#at === -1) return undefined;
    const timeMs = this.#instant(this.#time);
    const value = this.#integerAfter(VALUE);
    const receivedAtMs = this.#skip(RECEIVED_AT) ? this.#instant(this.#receivedAt) : Number.NaN;
    const chunkId = this.#skip(CHUNK) ? this.#sameTextUntil(POSITION, this.#chunkId) : '';
    this.#chunkId = chunkId;
    const position = this.#at === -1 ? Number.NaN : this.#integer();
    if (this.#at === -1 || this.#at > end || this.#hasBackslashIn(start)) return undefined;
    const isWhole = text.charCodeAt(this.#at) === COMMA || this.#at === end - 1;
    const event = { id, source, type, subject, partitionKey, timeMs, value, receivedAtMs, chunkId, position };
    // A line's end is checked by its last character only: reading the rest is what scanning saves.
    return isWhole && text.charCodeAt(end - 1) === CLOSING_BRACE && problemOf(event) === null
      ? event
      : undefined;
  }

  /** The text up to the next quote, if `separator` stands there; moves behind it. Moves to -1 if it does not. */
  #textUntil(separator: string): string {
    if (this.#at === -1) return '';
    const start = this.#at;
    const quote = this.#text.indexOf('"', start);
    const isThere = quote !== -1 && this.#text.startsWith(separator, quote);
    this.#at = isThere ? quote + separator.length : -1;
    return isThere ? this.#text.slice(start, quote) : '';
  }

  /** As `#textUntil`; if the text is `last` again, that very string: comparing costs less than cutting and hashing. */
  #sameTextUntil(separator: string, last: string): string {
    const text = this.#text;
    const end = this.#at + last.length;
    const isSame = last !== '' && text.startsWith(last, this.#at) && text.startsWith(separator, end);
    if (this.#at === -1 || !isSame) return this.#textUntil(separator);
    this.#at = end + separator.length;
    return last;
  }

  #skip(separator: string): boolean {
    const isThere = this.#at !== -1 && this.#text.startsWith(separator, this.#at);
    this.#at = isThere ? this.#at + separator.length : -1;
    return isThere;
  }

  #instant(reader: InstantReader): number {
    const at = this.#at;
    this.#at += INSTANT_LENGTH;
    return reader.read(this.#text, at);
  }

  #integerAfter(separator: string): number {
    return this.#skip(separator) ? this.#integer() : Number.NaN;
  }

  #integer(): number {
    const text = this.#text;
    const isNegative = text.charCodeAt(this.#at) === MINUS;
    let at = isNegative ? this.#at + 1 : this.#at;
    const firstDigit = at;
    let magnitude = 0;
    for (
      let digit = text.charCodeAt(at) - ZERO;
      digit >= 0 && digit <= 9;
      digit = text.charCodeAt(++at) - ZERO
    ) {
      magnitude = magnitude * 10 + digit;
    }
    this.#at = at;
    if (at === firstDigit) return Number.NaN;
    return isNegative ? 0 - magnitude : magnitude;
  }

  /** Whether a backslash stands between `start` and here: then texts are escaped, and slices are not what they say. */
  #hasBackslashIn(start: number): boolean {
    if (this.#nextBackslash < start) {
      const found = this.#text.indexOf('\\', start);
      this.#nextBackslash = found === -1 ? this.#text.length : found;
    }
    return this.#nextBackslash < this.#at;
  }
}

/** Reads instants of 24 characters. Neighbouring events share their minute, so the calendar is asked once per minute. */
class InstantReader {
  #minuteText = '';
  #minuteMs = 0;

  /** NaN: no instant is written there. */
  public read(text: string, at: number): number {
    if (this.#minuteText === '' || !text.startsWith(this.#minuteText, at)) {
      const ms = parseInstant(text.slice(at, at + INSTANT_LENGTH));
      if (ms === undefined) return Number.NaN;
      this.#minuteText = text.slice(at, at + MINUTE_LENGTH);
      this.#minuteMs = floorTo(ms, MINUTE_MS);
    }
    const secondsAt = at + MINUTE_LENGTH;
    const seconds = digits(text, secondsAt, 2);
    const milliseconds = digits(text, secondsAt + 3, 3);
    const isWritten =
      text.charCodeAt(secondsAt + 2) === POINT &&
      text.charCodeAt(secondsAt + 6) === CAPITAL_Z &&
      seconds < 60;
    return isWritten ? this.#minuteMs + seconds * 1000 + milliseconds : Number.NaN;
  }
}

/** A number of exactly so many digits; NaN: one is none. */
function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let at = start; at < start + count; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;
const CAPITAL_Z = 0x5a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Parse any line. A text: why it is no archive line. */
function parseArchiveLine(line: string): ArchivedEvent | string {
  const json = parseJson(line);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return 'the line is not a JSON object';
  const attribute = (name: string): unknown =>
    Object.hasOwn(json, name) ? (json as Record<string, unknown>)[name] : undefined;
  const text = (name: string): string => {
    const value = attribute(name);
    return typeof value === 'string' ? value : '';
  };
  const instant = (name: string): number => parseInstant(text(name)) ?? Number.NaN;
  const integer = (name: string): number => {
    const value = attribute(name);
    return typeof value === 'number' ? value : Number.NaN;
  };
  const event: ArchivedEvent = {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    subject: text('subject'),
    partitionKey: text('partitionkey'),
    timeMs: instant('time'),
    value: integer('value'),
    receivedAtMs: instant('receivedat'),
    chunkId: text('chunk'),
    position: integer('position'),
  };
  return problemOf(event) ?? event;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What keeps an event from being counted, or `null`. Ingest has validated it: this guards against damage only. */
function problemOf(event: ArchivedEvent): string | null {
  if (event.id === '' || event.source === '') return 'the line has no id or no source';
  if (event.type === '' || event.partitionKey === '') return 'the line has no type or no partitionkey';
  if (!(event.timeMs === event.timeMs && event.receivedAtMs === event.receivedAtMs))
    return 'the line has no valid time or receivedat';
  if (!Number.isSafeInteger(event.value) || event.value < VALUE_MIN || event.value > VALUE_MAX) {
    return `the line's value is ${shown(event.value)}; accepted: an integer, ${VALUE_MIN} to ${VALUE_MAX}`;
  }
  return Number.isSafeInteger(event.position) ? null : 'the line has no valid position';
}

/** The counters an event increments: its type's and, with a subject, its subject's. */
export const countersOf = ({ type, subject }: Pick<ArchivedEvent, 'type' | 'subject'>): readonly string[] =>
  subject === '' ? [type] : [type, counterOf(type, subject)];
