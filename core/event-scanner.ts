/**
 * Reads events of the usual shape from the bytes of a request, in one pass, without parsing them as JSON.
 *
 * Usual: the attributes that Tally knows, none twice, valid, in ASCII, without escapes. `parse-event.ts` is what says
 * what an event may be: whatever this file does not take is given to it, and what this file takes it would have taken, with
 * the same outcome (tested by property).
 *
 * Producers write all their events alike. The first of a request is read attribute by attribute; from then on only values are read,
 * and what stands between them is compared.
 */
import { tryDecodeUtf8, parseJson } from './body.js';
import { EventLayout, type ValueKind, type ValueSpan } from './event-layout.js';
import {
  EVENT_BYTES_MAX,
  ID_BYTES_MAX,
  SOURCE_BYTES_MAX,
  SUBJECT_BYTES_MAX,
  TYPE_LENGTH_MAX,
  VALUE_MAX,
} from './limits.js';
import { NamesTable } from './names-table.js';
import { LINE_BYTES_BESIDE_REST_MAX, readData, type EventData } from './parse-event.js';
import { Piece, RequestBytes, TextSpan } from './request-bytes.js';
import { ScannedEvent } from './scanned-event.js';
import { MINUTE_MS, floorTo, formatInstant, parseInstant } from './time.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const CAPITAL_Z = 0x5a;
const LETTER_S = 0x73;
const LETTER_T = 0x74;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

const IS_SPACE = Uint8Array.from({ length: 256 }, (_, byte) =>
  [0x20, 0x09, 0x0a, 0x0d].includes(byte) ? 1 : 0,
);

const pieceOf = (text: string): Piece => new Piece(Buffer.from(text));

const NAMES = {
  specversion: pieceOf('"specversion"'),
  source: pieceOf('"source"'),
  subject: pieceOf('"subject"'),
  id: pieceOf('"id"'),
  type: pieceOf('"type"'),
  time: pieceOf('"time"'),
  data: pieceOf('"data"'),
  partitionkey: pieceOf('"partitionkey"'),
} as const;

const SPECVERSION = pieceOf('"1.0"');
const DATA_VALUE = pieceOf('{"value":');
const ONE: EventData = { value: 1, json: '' };
const VALUE_ONE: EventData = { value: 1, json: ',"data":{"value":1}' };

const INSTANT_LENGTH = 24;
/** `2026-11-21T09:15:` */
const MINUTE_LENGTH = 17;
const VALUE_DIGITS_MAX = String(VALUE_MAX).length;

/** Every required attribute was there. */
const REQUIRED = 0b11111;
const [SEEN_SPECVERSION, SEEN_ID, SEEN_SOURCE, SEEN_TYPE, SEEN_TIME] = [1, 2, 4, 8, 16];
const [SEEN_SUBJECT, SEEN_PARTITION_KEY, SEEN_DATA] = [32, 64, 128];

// What requests have in common. Only hints: whether they hold is seen by comparing.
const namesTable = new NamesTable();
let lastLayout: EventLayout | undefined;
let lastMinute = { text: pieceOf(''), ms: Number.NaN };

/** Scans one request from front to back. */
export class EventScanner {
  /** Where the next byte to read is. After a failed scan: anywhere. */
  public at = 0;
  readonly #request: RequestBytes;
  readonly #bytes: Buffer;
  #layout = lastLayout;
  /** Where the event before stands, if its layout is worth knowing now that another follows. */
  #unlearned: { readonly start: number; readonly end: number } | undefined;
  // The event being read.
  #seen = 0;
  #values: ValueSpan[] = [];
  /** Its data is such as the next event's may be read with. */
  #hasUsualData = true;
  readonly #id = new TextSpan();
  readonly #names = {
    source: new TextSpan(),
    type: new TextSpan(),
    subject: new TextSpan(),
    partitionKey: new TextSpan(),
  };
  #timeMs = Number.NaN;
  #data = ONE;

  public constructor(bytes: Uint8Array) {
    this.#request = new RequestBytes(bytes);
    this.#bytes = this.#request.bytes;
  }

  /** The byte here; NaN behind the end. */
  public get byte(): number {
    return this.at < this.#bytes.length ? (this.#bytes[this.at] as number) : Number.NaN;
  }

  public skipSpace(): void {
    while (this.at < this.#bytes.length && IS_SPACE[this.#bytes[this.at] as number] === 1) this.at++;
  }

  /** Whether this byte comes next, space aside; moves behind it if so. */
  public skip(byte: number): boolean {
    if (this.byte !== byte) {
      this.skipSpace();
      if (this.byte !== byte) return false;
    }
    this.at++;
    return true;
  }

  /** Parse the JSON object or array that begins here, and move behind it. `undefined`: there is none. */
  public parseValue(): { readonly value: unknown } | undefined {
    const start = this.at;
    if (!this.#skipNested()) return undefined;
    const text = tryDecodeUtf8(this.#bytes.subarray(start, this.at));
    if (text === undefined) return undefined;
    const json = parseJson(text);
    return 'value' in json ? json : undefined;
  }

  /** The event that begins here, and move behind it. `undefined`: it is not of the usual shape. */
  public scanEvent(): ScannedEvent | undefined {
    const start = this.at;
    this.#learnLayout();
    this.#names.subject.clear();
    this.#names.partitionKey.clear();
    this.#data = ONE;
    if (this.#layout !== undefined && this.#scanByLayout(this.#layout)) return this.#event();
    this.at = start;
    return this.#scanByAttribute() ? this.#event() : undefined;
  }

  #learnLayout(): void {
    if (this.#unlearned === undefined) return;
    const { start, end } = this.#unlearned;
    this.#layout = lastLayout = EventLayout.of(this.#request, start, end, this.#values);
    this.#unlearned = undefined;
  }

  #event(): ScannedEvent | undefined {
    const names = namesTable.find(this.#request, this.#names);
    if (names === undefined) return undefined;
    return new ScannedEvent(names, this.#request, this.#id.start, this.#id.length, this.#timeMs, this.#data);
  }

  #scanByLayout({ steps, end }: EventLayout): boolean {
    for (let index = 0; index < steps.length; index++) {
      const { before, kind } = steps[index] as EventLayout['steps'][number];
      if (!before.isAt(this.#request, this.at)) return false;
      this.at += before.length;
      if (!this.#scanValue(kind)) return false;
    }
    if (!end.isAt(this.#request, this.at)) return false;
    this.at += end.length;
    return true;
  }

  /** Take in the value that begins here, behind its quote if it has one, and move behind it. */
  #scanValue(kind: ValueKind): boolean {
    switch (kind) {
      case 'id':
        return this.#scanText(this.#id, ID_BYTES_MAX);
      case 'source':
        return this.#scanText(this.#names.source, SOURCE_BYTES_MAX);
      case 'type':
        return this.#scanText(this.#names.type, TYPE_LENGTH_MAX);
      case 'subject':
        return this.#scanText(this.#names.subject, SUBJECT_BYTES_MAX);
      case 'partitionKey':
        return this.#scanText(this.#names.partitionKey, SUBJECT_BYTES_MAX);
      case 'time':
        return this.#scanInstant();
      case 'value':
        return this.#scanInteger();
    }
  }

  #scanByAttribute(): boolean {
    const start = this.at;
    this.#seen = 0;
    this.#values = [];
    this.#hasUsualData = true;
    if (!this.skip(OPENING_BRACE)) return false;
    do {
      if (!this.#scanAttribute()) return false;
    } while (this.skip(COMMA));
    if (!this.skip(CLOSING_BRACE) || (this.#seen & REQUIRED) !== REQUIRED) return false;
    if (this.#data.json.length * 3 + LINE_BYTES_BESIDE_REST_MAX > EVENT_BYTES_MAX) return false;
    this.#unlearned = this.#hasUsualData ? { start, end: this.at } : undefined;
    if (!this.#hasUsualData) this.#layout = undefined;
    return true;
  }

  #scanAttribute(): boolean {
    if (this.byte !== QUOTE) this.skipSpace();
    const letter = this.#bytes[this.at + 1];
    // One name is tried and no other: what a failed try has read must not be read again as another.
    switch (letter === LETTER_S || letter === LETTER_T ? (this.#bytes[this.at + 2] ?? 0) : (letter ?? 0)) {
      case 0x70: // specversion, partitionkey
        return letter === LETTER_S
          ? this.#scanSpecversion()
          : this.#scanQuoted(NAMES.partitionkey, SEEN_PARTITION_KEY, 'partitionKey');
      case 0x6f:
        return this.#scanQuoted(NAMES.source, SEEN_SOURCE, 'source');
      case 0x75:
        return this.#scanQuoted(NAMES.subject, SEEN_SUBJECT, 'subject');
      case 0x79:
        return this.#scanQuoted(NAMES.type, SEEN_TYPE, 'type');
      case 0x69: // time, id
        return letter === LETTER_T
          ? this.#scanQuoted(NAMES.time, SEEN_TIME, 'time')
          : this.#scanQuoted(NAMES.id, SEEN_ID, 'id');
      case 0x64:
        return this.#scanData();
      default:
        return false;
    }
  }

  /** Whether an attribute of this name comes next, for the first time; moves to its value if so. */
  #isNext(name: Piece, seen: number): boolean {
    if (!name.isAt(this.#request, this.at) || (this.#seen & seen) !== 0) return false;
    this.#seen |= seen;
    this.at += name.length;
    if (!this.skip(COLON)) return false;
    this.skipSpace();
    return true;
  }

  #scanSpecversion(): boolean {
    if (!this.#isNext(NAMES.specversion, SEEN_SPECVERSION) || !SPECVERSION.isAt(this.#request, this.at))
      return false;
    this.at += SPECVERSION.length;
    return true;
  }

  #scanQuoted(name: Piece, seen: number, kind: ValueKind): boolean {
    if (!this.#isNext(name, seen) || this.byte !== QUOTE) return false;
    this.at++;
    return this.#scanAndNote(kind) && this.skip(QUOTE);
  }

  #scanAndNote(kind: ValueKind): boolean {
    const start = this.at;
    if (!this.#scanValue(kind)) return false;
    this.#values.push({ kind, start, end: this.at });
    return true;
  }

  #scanText(span: TextSpan, bytesMax: number): boolean {
    if (!this.#request.readText(span, this.at)) return false;
    this.at = span.end;
    return span.length > 0 && span.length <= bytesMax;
  }

  #scanInstant(): boolean {
    const start = this.at;
    if (this.#bytes[start + INSTANT_LENGTH] !== QUOTE) return false;
    if (!this.#isMinute(start) && !this.#readMinute(start)) return false;
    const seconds = this.#digits(start + MINUTE_LENGTH, 2);
    const milliseconds = this.#digits(start + MINUTE_LENGTH + 3, 3);
    const isWritten =
      seconds < 60 &&
      milliseconds >= 0 &&
      this.#bytes[start + MINUTE_LENGTH + 2] === POINT &&
      this.#bytes[start + INSTANT_LENGTH - 1] === CAPITAL_Z;
    this.#timeMs = lastMinute.ms + seconds * 1_000 + milliseconds;
    this.at = start + INSTANT_LENGTH;
    return isWritten;
  }

  /** Whether the minute read last is written here: neighbouring events share theirs. */
  #isMinute(start: number): boolean {
    return !Number.isNaN(lastMinute.ms) && lastMinute.text.isAt(this.#request, start);
  }

  #readMinute(start: number): boolean {
    const text = this.#bytes.toString('latin1', start, start + INSTANT_LENGTH);
    const ms = parseInstant(text);
    if (ms === undefined || formatInstant(ms) !== text) return false;
    const minute = new Piece(this.#bytes.subarray(start, start + MINUTE_LENGTH));
    lastMinute = { text: minute, ms: floorTo(ms, MINUTE_MS) };
    return true;
  }

  /** NaN: one is no digit. */
  #digits(start: number, count: number): number {
    let number = 0;
    for (let at = start; at < start + count; at++) {
      const digit = (this.#bytes[at] as number) - ZERO;
      number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
    }
    return number;
  }

  #scanData(): boolean {
    if (!this.#isNext(NAMES.data, SEEN_DATA)) return false;
    const start = this.at;
    if (DATA_VALUE.isAt(this.#request, start)) {
      this.at += DATA_VALUE.length;
      if (this.#scanAndNote('value')) return this.skip(CLOSING_BRACE);
    }
    this.#hasUsualData = false;
    return this.#parseData(start);
  }

  /** The value of data that has nothing else. */
  #scanInteger(): boolean {
    const bytes = this.#bytes;
    const isNegative = bytes[this.at] === MINUS;
    const first = isNegative ? this.at + 1 : this.at;
    let at = first;
    let magnitude = 0;
    for (
      let digit = (bytes[at] as number) - ZERO;
      digit >= 0 && digit <= 9;
      digit = (bytes[++at] as number) - ZERO
    ) {
      magnitude = magnitude * 10 + digit;
    }
    const length = at - first;
    if (bytes[at] !== CLOSING_BRACE || length === 0 || length > VALUE_DIGITS_MAX || magnitude > VALUE_MAX)
      return false;
    // JSON knows no leading zeros, and minus zero is for those who know it to be zero.
    if (bytes[first] === ZERO && (length > 1 || isNegative)) return false;
    this.at = at;
    this.#data = magnitude === 1 && !isNegative ? VALUE_ONE : dataOf(isNegative ? -magnitude : magnitude);
    return true;
  }

  #parseData(start: number): boolean {
    this.at = start;
    const parsed = this.parseValue();
    const data = parsed === undefined ? undefined : readData(parsed.value);
    if (data === undefined) return false;
    this.#data = data;
    return true;
  }

  /** Move behind the object or array that begins here, by its brackets alone. */
  #skipNested(): boolean {
    const bytes = this.#bytes;
    if (bytes[this.at] !== OPENING_BRACE && bytes[this.at] !== OPENING_BRACKET) return false;
    let depth = 0;
    for (let at = this.at; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) at = this.#stringEnd(at);
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++;
      else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && --depth === 0) {
        this.at = at + 1;
        return true;
      }
    }
    return false;
  }

  /** Where the string that begins at `start` has its closing quote; behind the end if it has none. */
  #stringEnd(start: number): number {
    const bytes = this.#bytes;
    let at = start + 1;
    while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    return at;
  }
}

const dataOf = (value: number): EventData => ({ value, json: `,"data":{"value":${value}}` });
