/**
 * From a request's bytes and headers to candidate events. The HTTP server and the ingest Lambda share it.
 *
 * Accepted: JSON (an object or an array), CloudEvents structured and batch mode, NDJSON, CloudEvents binary mode, each
 * plain or gzipped. Without a content type, a body is read as JSON.
 */
import { decodeBinaryMode, isBinaryMode } from './binary-mode.js';
import { decodeInnerUtf8, decodeUtf8, inflate, parseJson, refuseTooLarge } from './body.js';
import { EventScanner } from './event-scanner.js';
import { isUtf8, parseContentType, type ContentType } from './content-type.js';
import { TallyError, shown } from './errors.js';
import { REQUEST_EVENTS_MAX } from './limits.js';
import type { RequestHeaders, RequestItem } from './request-item.js';

export const JSON_MEDIA_TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
] as const;
export const NDJSON_MEDIA_TYPE = 'application/x-ndjson';
/** Other names that one event per line goes by. */
const NDJSON_MEDIA_TYPES = [NDJSON_MEDIA_TYPE, 'application/ndjson', 'application/jsonl'];

const CONTENT_ENCODINGS = ['gzip', 'x-gzip', 'identity', ''];

/**
 * Decode a request.
 *
 * Limits: `REQUEST_BYTES_MAX`, as sent and inflated (a bomb is cut off there), `REQUEST_EVENTS_MAX`.
 *
 * @throws {TallyError} `body_empty`, `body_unreadable`, `body_too_large`, `too_many_events`, `content_type_unsupported`.
 */
export function decodeRequest(headers: RequestHeaders, body: Uint8Array): RequestItem[] {
  refuseTooLarge(body);
  refuseContentEncoding(textOf(headers['content-encoding']));
  const contentType = parseContentType(textOf(headers['content-type']));
  if (isBinaryMode(headers, contentType)) return [decodeBinaryMode(headers, contentType, body)];

  const isNdjson = NDJSON_MEDIA_TYPES.includes(contentType.mediaType);
  if (body.length === 0) throw bodyEmptyError();
  if (!isNdjson) refuseContentType(contentType);
  if (!isUtf8(contentType)) throw charsetError(contentType);
  const bytes = inflate(body);
  return isNdjson ? decodeLines(bytes) : (scanArray(bytes) ?? decodeJson(decodeUtf8(bytes)));
}

const [NEWLINE, COMMA, OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE] = [0x0a, 0x2c, 0x5b, 0x5d, 0x7b];

/** The events of a JSON array of objects, most of them read without parsing them. `undefined`: it is none, or too long. */
function scanArray(body: Uint8Array): RequestItem[] | undefined {
  const scanner = new EventScanner(body);
  const items: RequestItem[] = [];
  if (!scanner.skip(OPENING_BRACKET)) return undefined;
  do {
    const item = scanItem(scanner);
    if (item === undefined || items.length === REQUEST_EVENTS_MAX) return undefined;
    items.push(item);
  } while (scanner.skip(COMMA));
  if (!scanner.skip(CLOSING_BRACKET)) return undefined;
  scanner.skipSpace();
  return Number.isNaN(scanner.byte) ? items : undefined;
}

/** The object that comes next. `undefined`: none does. */
function scanItem(scanner: EventScanner): RequestItem | undefined {
  scanner.skipSpace();
  const start = scanner.at;
  const event = scanner.scanEvent();
  if (event !== undefined) return { event };
  scanner.at = start;
  const parsed = scanner.parseValue();
  return parsed === undefined ? undefined : { candidate: parsed.value };
}

const textOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'object' ? header[0] : header;

function decodeJson(text: string): RequestItem[] {
  if (text.trim() === '') throw bodyEmptyError();
  const json = parseJson(text);
  if ('problem' in json) throw notJsonError(text, json.problem);
  if (!Array.isArray(json.value)) return [{ candidate: json.value }];
  const candidates: readonly unknown[] = json.value;
  if (candidates.length > REQUEST_EVENTS_MAX) throw tooManyEventsError(`${candidates.length} events`);
  return candidates.map((candidate) => ({ candidate }));
}

/** One event per line. A bad line is one bad event; blank lines are none. */
function decodeLines(bytes: Uint8Array): RequestItem[] {
  const scanner = new EventScanner(bytes);
  const items: RequestItem[] = [];
  let lineNumber = 0;
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    lineNumber++;
    const item = scanLine(scanner, start, end) ?? decodeLine(bytes, start, end, lineNumber);
    start = end + 1;
    if (item === undefined) continue;
    if (items.length === REQUEST_EVENTS_MAX)
      throw tooManyEventsError(`more than ${REQUEST_EVENTS_MAX} events`);
    items.push(item);
  }
  if (items.length === 0) throw bodyEmptyError();
  return items;
}

/** The event of a line that has nothing else. `undefined`: it is to be parsed. */
function scanLine(scanner: EventScanner, start: number, end: number): RequestItem | undefined {
  scanner.at = start;
  if (scanner.byte !== OPENING_BRACE) return undefined;
  const event = scanner.scanEvent();
  if (event === undefined || scanner.at > end) return undefined;
  scanner.skipSpace();
  // White space behind the line's end is skipped, too.
  return scanner.at >= end ? { event } : undefined;
}

/** `undefined`: the line is blank. */
function decodeLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  lineNumber: number,
): RequestItem | undefined {
  const slice = bytes.subarray(start, end);
  const line = start === 0 ? decodeUtf8(slice) : decodeInnerUtf8(slice);
  return line.trim() === '' ? undefined : parseLine(line, lineNumber);
}

function parseLine(line: string, lineNumber: number): RequestItem {
  const json = parseJson(line);
  if ('value' in json) return { candidate: json.value };
  const message = `line ${lineNumber} is not JSON: ${json.problem}; accepted: one JSON object per line`;
  return { error: { code: 'json_invalid', message } };
}

function refuseContentEncoding(encoding = ''): void {
  if (CONTENT_ENCODINGS.includes(encoding.trim().toLowerCase())) return;
  const message = `content-encoding is ${shown(encoding)}; accepted: gzip, or none`;
  throw new TallyError('content_type_unsupported', message);
}

const ACCEPTED_MEDIA_TYPES = [...JSON_MEDIA_TYPES, NDJSON_MEDIA_TYPE].join(', ');

function refuseContentType({ mediaType }: ContentType): void {
  if (mediaType === '' || (JSON_MEDIA_TYPES as readonly string[]).includes(mediaType)) return;
  throw new TallyError(
    'content_type_unsupported',
    `content-type is ${shown(mediaType)}${likelyCauseOf(mediaType)}; accepted: ${ACCEPTED_MEDIA_TYPES}, ` +
      'or CloudEvents binary mode with ce- headers; add the header content-type: application/json',
  );
}

function likelyCauseOf(mediaType: string): string {
  if (mediaType === 'application/x-www-form-urlencoded') return ', which curl -d sends unless told otherwise';
  if (mediaType === 'text/plain') return ', which fetch sends with a text body unless told otherwise';
  return '';
}

const charsetError = ({ charset }: ContentType): TallyError =>
  new TallyError(
    'content_type_unsupported',
    `charset is ${shown(charset)}; accepted: utf-8; encode the body as UTF-8`,
  );

const bodyEmptyError = (): TallyError =>
  new TallyError(
    'body_empty',
    'the body is empty; accepted: one event, an array of events, or one event per line',
  );

const tooManyEventsError = (got: string): TallyError =>
  new TallyError(
    'too_many_events',
    `the request has ${got}; accepted: up to ${REQUEST_EVENTS_MAX}; send them in several requests`,
  );

function notJsonError(text: string, problem: string): TallyError {
  const firstLine = text.slice(0, text.indexOf('\n') + 1);
  const looksLikeLines = firstLine.trim() !== '' && 'value' in parseJson(firstLine);
  const cure = looksLikeLines
    ? `for one event per line, send content-type: ${NDJSON_MEDIA_TYPE}`
    : 'send a JSON object or an array of them';
  return new TallyError('body_unreadable', `the body is not JSON: ${problem}; ${cure}`);
}
