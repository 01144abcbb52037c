/**
 * From unknown parsed JSON to an event, or to everything that is wrong with it.
 *
 * The hot path of ingest: cheap checks first, and a valid event costs no allocation but itself.
 */
import { formatArchiveLine } from './archive-line.js';
import { findJsonError } from './check-json.js';
import { findTextError, findTypeError, illFormedError, isAbsent, type TextRule } from './check-text.js';
import { readTime } from './check-time.js';
import { shown, type EventError } from './errors.js';
import { defaultPartitionKey, type Stamp, type TallyEvent } from './event.js';
import {
  ATTRIBUTE_NAME_LENGTH_MAX,
  EVENT_BYTES_MAX,
  ID_BYTES_MAX,
  SOURCE_BYTES_MAX,
  SUBJECT_BYTES_MAX,
  VALUE_MAX,
  VALUE_MIN,
} from './limits.js';

export interface Refusal {
  /** All that is wrong, at least one. */
  readonly errors: readonly EventError[];
  /** The id the producer gave, cut to the longest there can be, so that it finds its event again. */
  readonly id?: string;
}

export type ParsedEvent = { readonly event: TallyEvent } | Refusal;

const ID_RULE: TextRule = {
  name: 'id',
  bytesMax: ID_BYTES_MAX,
  code: 'id_invalid',
  cureIfMissing: 'give each event an id of its own, and a retry the same one',
};
const SOURCE_RULE: TextRule = {
  name: 'source',
  bytesMax: SOURCE_BYTES_MAX,
  code: 'source_invalid',
  cureIfMissing: 'name the producer; ids are unique within a source',
};
const SUBJECT_RULE: TextRule = { name: 'subject', bytesMax: SUBJECT_BYTES_MAX, code: 'subject_invalid' };
const PARTITION_KEY_RULE: TextRule = {
  name: 'partitionkey',
  bytesMax: SUBJECT_BYTES_MAX,
  code: 'partitionkey_invalid',
};

/** What a producer may send; anything else is an extension attribute. Only own properties are read. */
interface Candidate {
  readonly specversion?: unknown;
  readonly id?: unknown;
  readonly source?: unknown;
  readonly type?: unknown;
  readonly subject?: unknown;
  readonly partitionkey?: unknown;
  readonly time?: unknown;
  readonly data?: unknown;
  readonly data_base64?: unknown;
}

/**
 * Validate one candidate event.
 *
 * Shape:  unknown parsed JSON in; an event, or *all* its errors with the id that was given.
 * Limits: as in `limits.ts`; a producer's own `receivedat`, `chunk` and `position` are dropped.
 * Pure:   never throws, whatever JSON it is given; the candidate is untouched.
 */
export function parseEvent(candidate: unknown): ParsedEvent {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) {
    return { errors: [notObjectError(candidate)] };
  }
  const errors: EventError[] = [];
  const event = readEvent(candidate, errors);
  if (event !== undefined) return { event };
  const { id } = candidate as Candidate;
  return typeof id === 'string' ? { errors, id: id.slice(0, ID_BYTES_MAX) } : { errors };
}

const notObjectError = (candidate: unknown): EventError => ({
  code: 'event_not_object',
  message: `the event is ${shown(candidate)}; accepted: a JSON object with the attributes of a CloudEvent`,
});

/** The event; or `undefined`, and then `errors` says why. */
function readEvent(candidate: Candidate, errors: EventError[]): TallyEvent | undefined {
  const { specversion, id, source, type, subject, partitionkey, time, data } = candidate;
  if (specversion !== '1.0') errors.push(specversionError(specversion));
  note(errors, findTextError(id, ID_RULE));
  note(errors, findTextError(source, SOURCE_RULE));
  note(errors, findTypeError(type));
  note(errors, findTextError(subject, SUBJECT_RULE));
  note(errors, findTextError(partitionkey, PARTITION_KEY_RULE));
  const timeMs = readTime(time);
  if (typeof timeMs !== 'number') errors.push(timeMs);
  const value = readValue(data, errors);
  const attributesJson = readAttributes(candidate, errors);
  noteDataErrors(candidate, errors);
  if (errors.length > 0) return undefined;

  // From here on every attribute is known to be what it should: the checks above are what these casts stand on.
  const known = candidate as KnownCandidate;
  const event: TallyEvent = {
    id: known.id,
    source: known.source,
    type: known.type,
    subject: known.subject ?? '',
    partitionKey: known.partitionkey ?? defaultPartitionKey(known.type, known.subject ?? ''),
    timeMs: timeMs as number,
    value,
    restJson: attributesJson + dataJson(known),
  };
  note(errors, findSizeError(event));
  return errors.length > 0 ? undefined : event;
}

function note(errors: EventError[], error: EventError | undefined): void {
  if (error !== undefined) errors.push(error);
}

const specversionError = (value: unknown): EventError => ({
  code: 'specversion_invalid',
  message: `specversion is ${isAbsent(value) ? 'missing' : shown(value)}; accepted: "1.0"; send "specversion":"1.0"`,
});

/** What the event adds. Only an object's own `value` is looked at; the rest of `data` is never interpreted. */
function readValue(data: unknown, errors: EventError[]): number {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'value')) return 1;
  const { value } = data as { value: unknown };
  const isInRange = typeof value === 'number' && value >= VALUE_MIN && value <= VALUE_MAX;
  if (isInRange && Number.isInteger(value)) return value + 0; // -0 is 0
  const cure =
    typeof value === 'string' ? 'remove the quotes' : 'split it into several events, or leave it out for 1';
  const message = `data.value is ${shown(value)}; accepted: an integer, ${VALUE_MIN} to ${VALUE_MAX}; ${cure}`;
  errors.push({ code: 'value_invalid', message });
  return 1;
}

/**
 * Attributes that have a place in the archive line's fixed part, or are written as data.
 *
 * Also `receivedat`, `chunk`, `position`: ours to write, so what a producer sends under these names is dropped.
 */
const isFixedAttribute = (name: string): boolean => {
  switch (name) {
    case 'specversion':
    case 'id':
    case 'source':
    case 'type':
    case 'subject':
    case 'partitionkey':
    case 'time':
    case 'data':
    case 'data_base64':
    case 'receivedat':
    case 'chunk':
    case 'position':
      return true;
    default:
      return false;
  }
};

/** Naming each of a hundred thousand bad attributes would make the answer larger than the request. */
const ATTRIBUTE_ERRORS_MAX = 10;

/** The other attributes as JSON, `,"name":value` each. */
function readAttributes(candidate: object, errors: EventError[]): string {
  let json = '';
  let errorCount = 0;
  for (const name in candidate) {
    if (isFixedAttribute(name)) continue;
    const value = (candidate as Readonly<Record<string, unknown>>)[name];
    const error = findNameError(name) ?? findAttributeError(name, value);
    if (error === undefined) {
      if (!isAbsent(value)) json += `,"${name}":${JSON.stringify(value)}`;
    } else {
      errors.push(error);
      if (++errorCount === ATTRIBUTE_ERRORS_MAX) break;
    }
  }
  return json;
}

const ATTRIBUTE_NAME = new RegExp(`^[a-z0-9]{1,${ATTRIBUTE_NAME_LENGTH_MAX}}$`);

function findNameError(name: string): EventError | undefined {
  if (name === 'value') {
    const message = 'the attribute "value" is not accepted beside data; put it into data: "data":{"value":1}';
    return { code: 'attribute_name_invalid', message };
  }
  if (ATTRIBUTE_NAME.test(name)) return undefined;
  if (!name.isWellFormed()) return illFormedError('an attribute name');
  const accepted = `1 to ${ATTRIBUTE_NAME_LENGTH_MAX} of a-z and 0-9`;
  const message = `${shown(name)} is no name for an attribute; accepted: ${accepted}; rename it, or put it into data`;
  return { code: 'attribute_name_invalid', message };
}

function findAttributeError(name: string, value: unknown): EventError | undefined {
  if (typeof value !== 'object' || value === null) return findJsonError(value, name, 2);
  const message = `${name} is ${shown(value)}; accepted: text, a number or a boolean; put it into data`;
  return { code: 'attribute_value_invalid', message };
}

function noteDataErrors({ data, data_base64 }: Candidate, errors: EventError[]): void {
  note(errors, findJsonError(data, 'data', 2));
  if (isAbsent(data_base64)) return;
  if (typeof data_base64 !== 'string' || !isBase64(data_base64)) errors.push(base64Error(data_base64));
  if (!isAbsent(data)) errors.push(DATA_CONFLICT);
}

const DATA_CONFLICT: EventError = {
  code: 'data_conflict',
  message: 'the event has data and data_base64; accepted: one of them; leave the other out',
};

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const base64Error = (value: unknown): EventError => ({
  code: 'data_base64_invalid',
  message: `data_base64 is ${shown(value)}; accepted: base64 text (A-Z a-z 0-9 + /, padded with =); encode the bytes again`,
});

/** A candidate without errors. */
interface KnownCandidate {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | null;
  readonly partitionkey?: string | null;
  readonly data?: unknown;
  readonly data_base64?: string | null;
}

function dataJson({ data, data_base64 }: Pick<KnownCandidate, 'data' | 'data_base64'>): string {
  if (!isAbsent(data_base64)) return `,"data_base64":"${data_base64}"`;
  if (data === undefined) return '';
  // The commonest data by far; serialising it by hand takes a fifth of the time.
  return isOnlyValue(data) ? `,"data":{"value":${data.value}}` : `,"data":${JSON.stringify(data)}`;
}

/** Whether data is `{"value": …}` and nothing else. */
function isOnlyValue(data: unknown): data is { readonly value: number } {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'value')) return false;
  for (const name in data) if (name !== 'value') return false;
  return true;
}

/** An event's data: what it adds, and how an archive line holds it. */
export interface EventData {
  readonly value: number;
  readonly json: string;
}

/** What there is to know of data; `undefined`: something is wrong with it. */
export function readData(data: unknown): EventData | undefined {
  const errors: EventError[] = [];
  const value = readValue(data, errors);
  if (errors.length > 0 || findJsonError(data, 'data', 2) !== undefined) return undefined;
  return { value, json: dataJson({ data }) };
}

/** A line without what stands in `restJson`, at its largest: each text escaped to twice its bytes, plus names, numbers and instants. */
export const LINE_BYTES_BESIDE_REST_MAX = 4 * 1024;
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** Only for measuring: as long as any stamp. */
const SAMPLE_STAMP: Stamp = { receivedAtMs: 0, chunkId: '0'.repeat(32), position: 1_000 };

function findSizeError(event: TallyEvent): EventError | undefined {
  const bytesAtMost = event.restJson.length * UTF8_BYTES_PER_UNIT_MAX + LINE_BYTES_BESIDE_REST_MAX;
  if (bytesAtMost <= EVENT_BYTES_MAX) return undefined;
  const bytes = Buffer.byteLength(formatArchiveLine(event, SAMPLE_STAMP));
  if (bytes <= EVENT_BYTES_MAX) return undefined;
  const message = `the event is ${bytes} bytes as an archive line; accepted: up to ${EVENT_BYTES_MAX}; keep large data elsewhere and send a reference`;
  return { code: 'event_too_large', message };
}
