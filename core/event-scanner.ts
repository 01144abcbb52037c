/**
 * Reads events of the usual shape from the bytes of a request, in one pass, without parsing them as JSON.
 *
 * Usual: the attributes that Tally knows, none twice, valid, in ASCII, without escapes. `parse-event.ts` is what says
 * what an event may be: whatever this file does not take is given to it, and what this file takes it would have taken, with
 * the same outcome (tested by property).
 */
import { tryDecodeUtf8, parseJson } from './body.js';
import { counterOf, type TallyEvent } from './event.js';
import {
  EVENT_BYTES_MAX,
  ID_BYTES_MAX,
  SOURCE_BYTES_MAX,
  SUBJECT_BYTES_MAX,
  TYPE_LENGTH_MAX,
  VALUE_MAX,
} from './limits.js';
import { LINE_BYTES_BESIDE_REST_MAX, readData, type EventData } from './parse-event.js';
import { TextPool } from './text-pool.js';
import { MINUTE_MS, floorTo, formatInstant, parseInstant } from './time.js';
import { isTypeName } from './type-name.js';

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

/** Bytes that stand for themselves in a JSON string and may stand in a counted attribute. The quote that ends it is none. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

const IS_SPACE = Uint8Array.from({ length: 256 }, (_, byte) =>
  [0x20, 0x09, 0x0a, 0x0d].includes(byte) ? 1 : 0,
);

const NAMES = {
  specversion: Buffer.from('"specversion"'),
  source: Buffer.from('"source"'),
  subject: Buffer.from('"subject"'),
  id: Buffer.from('"id"'),
  type: Buffer.from('"type"'),
  time: Buffer.from('"time"'),
  data: Buffer.from('"data"'),
  partitionkey: Buffer.from('"partitionkey"'),
} as const;

const SPECVERSION = Buffer.from('"1.0"');
const DATA_VALUE = Buffer.from('{"value":');
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

/** What requests have in common: sources, types, subjects. */
const pool = new TextPool();
const REMEMBERED_KEYS_MAX = 10_000;
let keysOfType = '';
const keyBySubject = new Map<string, string>();

/** Scans one request from front to back. */
export class EventScanner {
  /** Where the next byte to read is. After a failed scan: anywhere. */
  public at = 0;
  readonly #bytes: Buffer;
  /** The bytes as characters, one each: slices of it are made without copying. */
  readonly #text: string;
  readonly #minute = Buffer.alloc(MINUTE_LENGTH);
  #minuteMs = Number.NaN;
  #textStart = 0;
  #hash = 0;
  // The event being read.
  #seen = 0;
  #id = '';
  #source = '';
  #type = '';
  #validType = '';
  #subject = '';
  #partitionKey = '';
  #timeMs = Number.NaN;
  #data = ONE;

  public constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = this.#bytes.toString('latin1');
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
  public scanEvent(): TallyEvent | undefined {
    this.#seen = 0;
    this.#subject = '';
    this.#data = ONE;
    if (!this.skip(OPENING_BRACE)) return undefined;
    do {
      if (!this.#scanAttribute()) return undefined;
    } while (this.skip(COMMA));
    if (!this.skip(CLOSING_BRACE) || (this.#seen & REQUIRED) !== REQUIRED) return undefined;
    if (this.#data.json.length * 3 + LINE_BYTES_BESIDE_REST_MAX > EVENT_BYTES_MAX) return undefined;
    const hasKey = (this.#seen & SEEN_PARTITION_KEY) !== 0;
    return {
      id: this.#id,
      source: this.#source,
      type: this.#type,
      subject: this.#subject,
      partitionKey: hasKey ? this.#partitionKey : this.#defaultKey(),
      timeMs: this.#timeMs,
      value: this.#data.value,
      restJson: this.#data.json,
    };
  }

  /** `type/subject`, one object for each: what is looked up by it must not be hashed anew. */
  #defaultKey(): string {
    const subject = this.#subject;
    if (this.#type !== keysOfType || keyBySubject.size > REMEMBERED_KEYS_MAX) {
      keysOfType = this.#type;
      keyBySubject.clear();
    }
    const known = keyBySubject.get(subject);
    if (known !== undefined) return known;
    const key = counterOf(this.#type, subject);
    keyBySubject.set(subject, key);
    return key;
  }

  #scanAttribute(): boolean {
    if (this.byte !== QUOTE) this.skipSpace();
    const letter = this.#bytes[this.at + 1];
    // One name is tried and no other: what a failed try has read must not be read again as another.
    switch (letter === LETTER_S || letter === LETTER_T ? (this.#bytes[this.at + 2] ?? 0) : (letter ?? 0)) {
      case 0x70: // specversion, partitionkey
        return letter === LETTER_S ? this.#scanSpecversion() : this.#scanPartitionKey();
      case 0x6f: // source
        return this.#scanSource();
      case 0x75: // subject
        return this.#scanSubject();
      case 0x79: // type
        return this.#scanType();
      case 0x69: // time, id
        return letter === LETTER_T ? this.#scanTime() : this.#scanId();
      case 0x64: // data
        return this.#scanData();
      default:
        return false;
    }
  }

  /** Whether an attribute of this name comes next, for the first time; moves to its value if so. */
  #isNext(name: Uint8Array, seen: number): boolean {
    if (!this.#isHere(name)) return false;
    if ((this.#seen & seen) !== 0) return false;
    this.#seen |= seen;
    this.at += name.length;
    if (!this.skip(COLON)) return false;
    this.skipSpace();
    return true;
  }

  #isHere(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < expected.length; index++) {
      if (bytes[this.at + index] !== expected[index]) return false;
    }
    return true;
  }

  #scanSpecversion(): boolean {
    if (!this.#isNext(NAMES.specversion, SEEN_SPECVERSION) || !this.#isHere(SPECVERSION)) return false;
    this.at += SPECVERSION.length;
    return true;
  }

  #scanId(): boolean {
    if (!this.#isNext(NAMES.id, SEEN_ID) || !this.#scanText(ID_BYTES_MAX)) return false;
    this.#id = this.#text.slice(this.#textStart, this.at - 1);
    return true;
  }

  #scanSource(): boolean {
    if (!this.#isNext(NAMES.source, SEEN_SOURCE) || !this.#scanText(SOURCE_BYTES_MAX)) return false;
    this.#source = this.#pooledText();
    return true;
  }

  #scanType(): boolean {
    if (!this.#isNext(NAMES.type, SEEN_TYPE) || !this.#scanText(TYPE_LENGTH_MAX)) return false;
    this.#type = this.#pooledText();
    // Not the type before: that one may have been no type.
    if (this.#type !== this.#validType && !isTypeName(this.#type)) return false;
    this.#validType = this.#type;
    return true;
  }

  #scanSubject(): boolean {
    if (!this.#isNext(NAMES.subject, SEEN_SUBJECT) || !this.#scanText(SUBJECT_BYTES_MAX)) return false;
    this.#subject = this.#pooledText();
    return true;
  }

  #scanPartitionKey(): boolean {
    if (!this.#isNext(NAMES.partitionkey, SEEN_PARTITION_KEY) || !this.#scanText(SUBJECT_BYTES_MAX))
      return false;
    this.#partitionKey = this.#pooledText();
    return true;
  }

  #pooledText(): string {
    return pool.textOf(this.#bytes, this.#textStart, this.at - 1, this.#hash);
  }

  /** Move behind the text that begins here. False: it is none, or an unusual one. */
  #scanText(bytesMax: number): boolean {
    if (this.byte !== QUOTE) return false;
    const bytes = this.#bytes;
    const start = this.at + 1;
    let at = start;
    let hash = 0;
    for (let byte = bytes[at] as number; IS_PLAIN[byte] === 1; byte = bytes[++at] as number) {
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (bytes[at] !== QUOTE || at === start || at - start > bytesMax) return false;
    this.#textStart = start;
    this.#hash = hash;
    this.at = at + 1;
    return true;
  }

  #scanTime(): boolean {
    if (!this.#isNext(NAMES.time, SEEN_TIME)) return false;
    const start = this.at + 1;
    if (this.byte !== QUOTE || this.#bytes[start + INSTANT_LENGTH] !== QUOTE) return false;
    if (!this.#isMinute(start) && !this.#readMinute(start)) return false;
    const seconds = this.#digits(start + MINUTE_LENGTH, 2);
    const milliseconds = this.#digits(start + MINUTE_LENGTH + 3, 3);
    const isWritten =
      seconds < 60 &&
      milliseconds >= 0 &&
      this.#bytes[start + MINUTE_LENGTH + 2] === POINT &&
      this.#bytes[start + INSTANT_LENGTH - 1] === CAPITAL_Z;
    this.#timeMs = this.#minuteMs + seconds * 1_000 + milliseconds;
    this.at = start + INSTANT_LENGTH + 1;
    return isWritten;
  }

  /** Whether the minute read last is written here: neighbouring events share theirs. */
  #isMinute(start: number): boolean {
    if (Number.isNaN(this.#minuteMs)) return false;
    for (let at = 0; at < MINUTE_LENGTH; at++) if (this.#bytes[start + at] !== this.#minute[at]) return false;
    return true;
  }

  #readMinute(start: number): boolean {
    const text = this.#text.slice(start, start + INSTANT_LENGTH);
    const ms = parseInstant(text);
    if (ms === undefined || formatInstant(ms) !== text) return false;
    this.#minuteMs = floorTo(ms, MINUTE_MS);
    this.#bytes.copy(this.#minute, 0, start, start + MINUTE_LENGTH);
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
    const data = this.#scanOnlyValue() ?? this.#parseData(start);
    if (data === undefined) return false;
    this.#data = data;
    return true;
  }

  /** The commonest data by far: an object with a value and nothing else. */
  #scanOnlyValue(): EventData | undefined {
    if (!this.#isHere(DATA_VALUE)) return undefined;
    const bytes = this.#bytes;
    let at = this.at + DATA_VALUE.length;
    const isNegative = bytes[at] === MINUS;
    const first = isNegative ? ++at : at;
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
      return undefined;
    // JSON knows no leading zeros, and minus zero is for those who know it to be zero.
    if (bytes[first] === ZERO && (length > 1 || isNegative)) return undefined;
    this.at = at + 1;
    if (magnitude === 1 && !isNegative) return VALUE_ONE;
    const value = isNegative ? -magnitude : magnitude;
    return { value, json: `,"data":{"value":${value}}` };
  }

  #parseData(start: number): EventData | undefined {
    this.at = start;
    const parsed = this.parseValue();
    return parsed === undefined ? undefined : readData(parsed.value);
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
