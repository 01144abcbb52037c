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
import { LineScanner } from './line-scanner.js';
import { LineWriter } from './line-writer.js';
import { parseInstant } from './time.js';

/** Format one line, without its newline. */
export function formatArchiveLine(event: TallyEvent, stamp: Stamp): string {
  const writer = new LineWriter(stamp);
  writer.write(event, stamp.position);
  const line = writer.bytes.toString('utf8', 0, writer.bytes.length - 1);
  writer.release();
  return line;
}

/** A line that could not be read, with the reason. */
export interface BadLine {
  readonly line: string;
  readonly message: string;
}

export interface LineVisitor {
  /** The line stands between these two places. The event may be looked at during the call only: the next one takes its place. */
  onEvent(event: ArchivedEvent, start: number, end: number): void;
  onBadLine(bad: BadLine): void;
}

/**
 * Read every line of a chunk's bytes, in order.
 *
 * Most lines are scanned, in a fraction of the time of parsing them; any other line is parsed as JSON, with the same outcome for every
 * line that ingest writes. Lines that are no archive lines are handed to `onBadLine`; empty ones are skipped.
 */
export function readArchiveLines(bytes: Uint8Array, visitor: LineVisitor): void {
  const scanner = new LineScanner(bytes);
  let start = 0;
  while (start < bytes.length) {
    const isScanned = scanner.scan(start);
    const end = isScanned ? scanner.end : scanner.endOf(start);
    if (isScanned) visitor.onEvent(scanner.line, start, end);
    else if (end > start) parseLine(bytes, start, end, visitor);
    start = end + 1;
  }
}

function parseLine(bytes: Uint8Array, start: number, end: number, visitor: LineVisitor): void {
  const line = lineText(bytes, start, end);
  const read = parseArchiveLine(line);
  if (typeof read === 'string') visitor.onBadLine({ line, message: read });
  else visitor.onEvent(read, start, end);
}

export const lineText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');

/** Parse any line. A text: why it is no archive line. */
export function parseArchiveLine(line: string): ArchivedEvent | string {
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
