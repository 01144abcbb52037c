/**
 * Reads archive lines of the usual shape from bytes, in one pass: as `line-writer.ts` writes them, in ASCII without escapes.
 *
 * `parseArchiveLine` says what a line is: whatever this file does not take is given to it, and what this file takes it would have
 * taken, with the same outcome (tested by property), but for the rest of the line behind the position, which is not looked at.
 */
import { ID_BYTES_MAX, SOURCE_BYTES_MAX, SUBJECT_BYTES_MAX, TYPE_LENGTH_MAX, VALUE_MAX } from './limits.js';
import type { EventNames } from './event-names.js';
import { INSTANT_LENGTH, InstantReader } from './instant-reader.js';
import { NamesTable } from './names-table.js';
import { Piece, RequestBytes, TextSpan } from './request-bytes.js';
import { ScannedLine } from './scanned-line.js';

const piece = (text: string): Piece => new Piece(Buffer.from(text));
const HEAD = piece('{"specversion":"1.0","id":"');
const SOURCE = piece('","source":"');
const TYPE = piece('","type":"');
const SUBJECT = piece('","subject":"');
const PARTITION_KEY = piece('","partitionkey":"');
const TIME = piece('","time":"');
const VALUE = piece('","value":');
const RECEIVED_AT = piece(',"receivedat":"');
const CHUNK = piece('","chunk":"');
const POSITION = piece('","position":');

const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NEWLINE = 0x0a;
const NEWLINES = 0x0a0a0a0a;
const WORD_BYTES = 4;

const DIGITS_MAX = 15;
const SHORT_REST_LENGTH = 32;

/** Names in the bytes of a line, for lines that share all before the subject with the line before. */
interface KnownRun {
  readonly before: Piece;
  /** From the subject to the time. */
  readonly from: Piece;
  readonly names: EventNames;
}

const RUNS_LOG2 = 13;
// What all chunks have in common.
const namesTable = new NamesTable();
const runs = new Array<KnownRun | undefined>(2 ** RUNS_LOG2).fill(undefined);
// One each: they are seldom of the same minute.
const times = new InstantReader();
const receipts = new InstantReader();
/** From behind the id to the subject. */
let beforeSubject = SOURCE;

/** Scans the lines of one chunk. */
export class LineScanner {
  /** What was scanned last. */
  public readonly line: ScannedLine;
  /** Where it ends. */
  public end = 0;
  #at = 0;
  readonly #bytes: RequestBytes;
  readonly #id = new TextSpan();
  readonly #spans = {
    source: new TextSpan(),
    type: new TextSpan(),
    subject: new TextSpan(),
    partitionKey: new TextSpan(),
  };
  readonly #chunkId = new TextSpan();
  // The lines of a chunk share their stamp.
  #stampPiece: Piece | undefined;

  public constructor(bytes: Uint8Array) {
    this.#bytes = new RequestBytes(bytes);
    this.line = new ScannedLine(this.#bytes);
  }

  /** Where the line ends that stands at `from`. */
  public endOf(from: number): number {
    const { bytes } = this.#bytes;
    // Most rests are short, and a call costs as much as some forty bytes.
    for (let at = from; at < from + SHORT_REST_LENGTH; at += WORD_BYTES) {
      const word = this.#bytes.wordAt(at) ^ NEWLINES;
      const newlines = (word - 0x01010101) & ~word & 0x80808080;
      if (newlines !== 0) return at + ((31 - Math.clz32(newlines & -newlines)) >>> 3);
    }
    const newline = bytes.indexOf(NEWLINE, from + SHORT_REST_LENGTH);
    return newline === -1 ? this.#bytes.length : newline;
  }

  /** Take in the line that begins at `start`. False: it is not of the usual shape, and `line` means nothing. */
  public scan(start: number): boolean {
    const { line } = this;
    const names = this.#scanNames(start);
    if (names === undefined) return false;
    line.names = names;
    line.timeMs = this.#scanInstant(times);
    if (!(line.timeMs === line.timeMs) || !this.#skip(VALUE)) return false;
    line.value = this.#scanInteger();
    if (!(line.value <= VALUE_MAX && line.value >= -VALUE_MAX) || !this.#scanStamp()) return false;
    line.position = this.#scanInteger();
    return line.position === line.position && this.#isWhole();
  }

  /** From the head to the time. */
  #scanNames(start: number): EventNames | undefined {
    this.#at = start;
    if (!this.#skip(HEAD) || !this.#scanText(this.#id, ID_BYTES_MAX) || this.#id.length === 0)
      return undefined;
    this.line.idStart = this.#id.start;
    this.line.idLength = this.#id.length;
    return this.#findRun() ?? this.#readRun();
  }

  /** The names that follow the id, if they are known as a whole: found by their subject, compared in one go. */
  #findRun(): EventNames | undefined {
    const start = this.#at + beforeSubject.length;
    const { subject } = this.#spans;
    if (!beforeSubject.isAt(this.#bytes, this.#at) || !this.#bytes.readText(subject, start)) return undefined;
    const slot = slotOf(subject);
    const run = this.#runAt(slot, start) ?? this.#runAt(slot + 1, start);
    if (run === undefined) return undefined;
    this.#at = start + run.from.length;
    return run.names;
  }

  #runAt(slot: number, start: number): KnownRun | undefined {
    const run = runs[slot];
    return run?.before === beforeSubject && run.from.isAt(this.#bytes, start) ? run : undefined;
  }

  /** The names that follow the id, one by one. */
  #readRun(): EventNames | undefined {
    const { source, type, subject, partitionKey } = this.#spans;
    const start = this.#at;
    const isThere =
      this.#skip(SOURCE) &&
      this.#scanText(source, SOURCE_BYTES_MAX) &&
      this.#skip(TYPE) &&
      this.#scanText(type, TYPE_LENGTH_MAX) &&
      this.#skip(SUBJECT) &&
      this.#scanText(subject, SUBJECT_BYTES_MAX) &&
      this.#skip(PARTITION_KEY) &&
      this.#scanText(partitionKey, SUBJECT_BYTES_MAX) &&
      this.#skip(TIME);
    if (!isThere || source.length === 0 || partitionKey.length === 0) return undefined;
    const names = namesTable.find(this.#bytes, this.#spans);
    if (names !== undefined) this.#learnRun(names, start);
    return names;
  }

  #learnRun(names: EventNames, start: number): void {
    const { bytes } = this.#bytes;
    const { subject } = this.#spans;
    if (!beforeSubject.isAt(this.#bytes, start) || start + beforeSubject.length !== subject.start)
      beforeSubject = new Piece(bytes.subarray(start, subject.start));
    const from = new Piece(bytes.subarray(subject.start, this.#at));
    const slot = slotOf(subject);
    runs[slot + 1] = runs[slot];
    runs[slot] = { before: beforeSubject, from, names };
  }

  #skip(expected: Piece): boolean {
    if (!expected.isAt(this.#bytes, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  /** Moves to the quote behind the text. */
  #scanText(span: TextSpan, lengthMax: number): boolean {
    if (!this.#bytes.readText(span, this.#at) || span.length > lengthMax) return false;
    this.#at = span.end;
    return true;
  }

  /** NaN: no instant is written here, or not in the usual way. */
  #scanInstant(instants: InstantReader): number {
    const start = this.#at;
    this.#at = start + INSTANT_LENGTH;
    return instants.read(this.#bytes, start);
  }

  /** NaN: no integer is written here, or not as JSON writes it. */
  #scanInteger(): number {
    const { bytes } = this.#bytes;
    const isNegative = bytes[this.#at] === MINUS;
    const first = isNegative ? this.#at + 1 : this.#at;
    let at = first;
    let magnitude = 0;
    for (
      let digit = (bytes[at] as number) - ZERO;
      digit >= 0 && digit <= 9;
      digit = (bytes[++at] as number) - ZERO
    )
      magnitude = magnitude * 10 + digit;
    const length = at - first;
    this.#at = at;
    if (length === 0 || length > DIGITS_MAX || (bytes[first] === ZERO && (length > 1 || isNegative)))
      return Number.NaN;
    return isNegative ? 0 - magnitude : magnitude;
  }

  /** From behind the value to the position. */
  #scanStamp(): boolean {
    return (this.#stampPiece !== undefined && this.#skip(this.#stampPiece)) || this.#learnStamp();
  }

  #learnStamp(): boolean {
    const start = this.#at;
    if (!this.#skip(RECEIVED_AT)) return false;
    const receivedAtMs = this.#scanInstant(receipts);
    const chunkId = this.#chunkId;
    const isThere =
      this.#skip(CHUNK) && this.#scanText(chunkId, Number.POSITIVE_INFINITY) && this.#skip(POSITION);
    if (!isThere || Number.isNaN(receivedAtMs)) return false;
    const { bytes } = this.#bytes;
    this.line.stamp = { receivedAtMs, chunkId: bytes.toString('latin1', chunkId.start, chunkId.end) };
    this.#stampPiece = new Piece(bytes.subarray(start, this.#at));
    return true;
  }

  /** Whether the line goes on as one does, and ends as one does. Reading all of the rest is what scanning saves. */
  #isWhole(): boolean {
    const { bytes } = this.#bytes;
    // What was scanned has no newline in it.
    const end = (this.end = this.endOf(this.#at));
    return (bytes[this.#at] === COMMA || this.#at === end - 1) && bytes[end - 1] === CLOSING_BRACE;
  }
}

/** The first of two: so few subjects that come again and again push each other out. */
const slotOf = ({ hash }: TextSpan): number => (Math.imul(hash, 0x9e3779b1) >>> (32 - RUNS_LOG2)) & ~1;
