/**
 * Reads events of the usual shape from the bytes of a request, in one pass, without parsing them as JSON.
 *
 * Usual: the attributes that Tally knows, none twice, valid, in ASCII, without escapes. `parse-event.ts` is what says
 * what an event may be: whatever this file does not take is given to it, and what this file takes it would have taken, with
 * the same outcome (tested by property).
 *
 * Producers write all their events alike. The first of a request is read attribute by attribute; from then on only values are read,
 * and what stands between them is compared: with the source and the type, as long as these stay the same.
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
import { INSTANT_LENGTH, InstantReader } from './instant-reader.js';
import { NamesTable } from './names-table.js';
import { nestedEnd } from './nested-end.js';
import { LINE_BYTES_BESIDE_REST_MAX, readData, type EventData } from './parse-event.js';
import { Piece, RequestBytes, TextSpan } from './request-bytes.js';
import { ScannedEvent } from './scanned-event.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
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

const VALUE_DIGITS_MAX = String(VALUE_MAX).length;

/** A request with so many events of another source or type than those before them is read without a narrow layout. */
const MISSES_MAX = 8;

/** Every required attribute was there. */
const REQUIRED = 0b11111;
const [SEEN_SPECVERSION, SEEN_ID, SEEN_SOURCE, SEEN_TYPE, SEEN_TIME] = [1, 2, 4, 8, 16];
const [SEEN_SUBJECT, SEEN_PARTITION_KEY, SEEN_DATA] = [32, 64, 128];

// What requests have in common. Only hints: whether they hold is seen by comparing.
const namesTable = new NamesTable();
const instants = new InstantReader();
let lastLayout: EventLayout | undefined;
let lastNarrowLayout: EventLayout | undefined;

/** Scans one request from front to back. */
export class EventScanner {
  /** Where the next byte to read is. After a failed scan: anywhere. */
  public at = 0;
  readonly #request: RequestBytes;
  readonly #bytes: Buffer;
  #layout = lastLayout;
  /** One with a given source and type. Most requests have but one of each. */
  #narrowLayout = lastNarrowLayout;
  #missCount = 0;
  #sourceHash = 0;
  #typeHash = 0;
  /** Where the event before stands, if its layout is worth knowing now that another follows. */
  #unlearned: { readonly start: number; readonly end: number } | undefined;
  // The event being read.
  #seen = 0;
  #values: ValueSpan[] = [];
  /** Its data is such as the next event's may be read with. */
  #hasUsualData = true;
  readonly #spans = {
    id: new TextSpan(),
    source: new TextSpan(),
    type: new TextSpan(),
    subject: new TextSpan(),
    partitionKey: new TextSpan(),
    time: new TextSpan(),
    value: new TextSpan(),
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
    const end = nestedEnd(this.#bytes, this.at);
    if (end === undefined) return undefined;
    const text = tryDecodeUtf8(this.#bytes.subarray(this.at, end));
    this.at = end;
    if (text === undefined) return undefined;
    const json = parseJson(text);
    return 'value' in json ? json : undefined;
  }

  /** The event that begins here, and move behind it. `undefined`: it is not of the usual shape. */
  public scanEvent(): ScannedEvent | undefined {
    const start = this.at;
    this.#learnLayout();
    if (this.#narrowLayout !== undefined) {
      if (this.#scanByLayout(this.#narrowLayout)) return this.#event();
      this.at = start;
      if (++this.#missCount === MISSES_MAX) this.#narrowLayout = undefined;
    }
    if (this.#layout !== undefined && this.#scanByLayout(this.#layout)) {
      this.#learnNarrowLayout(this.#layout, start);
      return this.#event();
    }
    this.at = start;
    this.#clear();
    return this.#scanByAttribute() ? this.#event() : undefined;
  }

  /** Forget what need not be in every event. */
  #clear(): void {
    this.#spans.subject.clear();
    this.#spans.partitionKey.clear();
    this.#data = ONE;
  }

  #learnLayout(): void {
    if (this.#unlearned === undefined) return;
    const { start, end } = this.#unlearned;
    this.#layout = lastLayout = EventLayout.of(this.#request, start, end, this.#values);
    this.#unlearned = undefined;
  }

  /** Of an event just read by its layout, if the one before had the same source and type: the next will, too. */
  #learnNarrowLayout(layout: EventLayout, start: number): void {
    const { source, type } = this.#spans;
    const isAlike = source.hash === this.#sourceHash && type.hash === this.#typeHash;
    this.#sourceHash = source.hash;
    this.#typeHash = type.hash;
    if (!isAlike || this.#missCount >= MISSES_MAX) return;
    const isValueOne = this.#data === VALUE_ONE;
    this.#narrowLayout = layout.narrowedTo(this.#request, start, this.at, this.#spans, isValueOne);
    lastNarrowLayout = this.#narrowLayout;
  }

  #event(): ScannedEvent | undefined {
    const names = namesTable.find(this.#request, this.#spans);
    if (names === undefined) return undefined;
    return new ScannedEvent(
      names,
      this.#request,
      this.#spans.id.start,
      this.#spans.id.length,
      this.#timeMs,
      this.#data,
    );
  }

  #scanByLayout({ steps, end, givenAtEnd, isValueGiven }: EventLayout): boolean {
    this.#clear();
    for (let index = 0; index < steps.length; index++) {
      const { before, given, kind } = steps[index] as EventLayout['steps'][number];
      if (!before.isAt(this.#request, this.at)) return false;
      if (given.length > 0) this.#takeGiven(given);
      this.at += before.length;
      if (!this.#scanValue(kind)) return false;
    }
    if (!end.isAt(this.#request, this.at)) return false;
    if (givenAtEnd.length > 0) this.#takeGiven(givenAtEnd);
    if (isValueGiven) this.#data = VALUE_ONE;
    this.at += end.length;
    return true;
  }

  /** Of the piece that begins here. */
  #takeGiven(given: EventLayout['givenAtEnd']): void {
    for (let index = 0; index < given.length; index++) {
      const { kind, offset, length, hash } = given[index] as EventLayout['givenAtEnd'][number];
      const span = this.#spans[kind];
      span.start = this.at + offset;
      span.end = span.start + length;
      span.hash = hash;
    }
  }

  /** Take in the value that begins here, behind its quote if it has one, and move behind it. */
  #scanValue(kind: ValueKind): boolean {
    switch (kind) {
      case 'id':
        return this.#scanText(this.#spans.id, ID_BYTES_MAX);
      case 'source':
        return this.#scanText(this.#spans.source, SOURCE_BYTES_MAX);
      case 'type':
        return this.#scanText(this.#spans.type, TYPE_LENGTH_MAX);
      case 'subject':
        return this.#scanText(this.#spans.subject, SUBJECT_BYTES_MAX);
      case 'partitionKey':
        return this.#scanText(this.#spans.partitionKey, SUBJECT_BYTES_MAX);
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
    this.#timeMs = instants.read(this.#request, start);
    this.#spans.time.start = start;
    this.at = this.#spans.time.end = start + INSTANT_LENGTH;
    return !Number.isNaN(this.#timeMs);
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
    this.#spans.value.start = this.at;
    this.at = this.#spans.value.end = at;
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
}

const dataOf = (value: number): EventData => ({ value, json: `,"data":{"value":${value}}` });
