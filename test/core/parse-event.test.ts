import * as fc from 'fast-check';
import { formatArchiveLine, readArchiveLines } from '../../core/archive-line.js';
import type { ArchivedEvent, TallyEvent } from '../../core/event.js';
import { EVENT_ERROR_CODES } from '../../core/errors.js';
import { EVENT_BYTES_MAX, ID_BYTES_MAX, NESTING_MAX, SUBJECT_BYTES_MAX } from '../../core/limits.js';
import { parseEvent } from '../../core/parse-event.js';
import { formatInstant } from '../../core/time.js';
import { archived } from '../support/archived.js';
import { anEvent } from './an-event.js';

const STAMP = { receivedAtMs: 0, chunkId: 'c', position: 0 };

/** As it comes from the wire. Escapes are written in the JSON text, so that the test sees what JSON.parse makes of them. */
const fromWire = (json: string) => parseEvent(JSON.parse(json));

function accepted(candidate: unknown): TallyEvent {
  const parsed = parseEvent(candidate);
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  return parsed.event;
}

const codesOf = (candidate: unknown): string[] => {
  const parsed = parseEvent(candidate);
  return 'errors' in parsed ? parsed.errors.map(({ code }) => code) : [];
};

const messageOf = (candidate: unknown): string => {
  const parsed = parseEvent(candidate);
  return 'errors' in parsed ? parsed.errors.map(({ message }) => message).join('\n') : '';
};

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
};

describe('a valid event', () => {
  it('is read, with its defaults', () => {
    expect(accepted(anEvent({ subject: undefined }))).toEqual({
      id: 'id-1',
      source: 'web-1',
      type: 'page.viewed',
      subject: '',
      partitionKey: 'page.viewed',
      timeMs: Date.parse('2026-11-21T09:15:02.120Z'),
      value: 1,
      restJson: '',
    });
  });

  it.each([
    { why: 'its own', given: { partitionkey: 'mine' }, partitionKey: 'mine' },
    { why: 'type/subject', given: {}, partitionKey: 'page.viewed//home' },
    { why: 'the type, without a subject', given: { subject: undefined }, partitionKey: 'page.viewed' },
    { why: 'null as absent', given: { partitionkey: null, subject: null }, partitionKey: 'page.viewed' },
  ])('has a partition key: $why', ({ given, partitionKey }) => {
    expect(accepted(anEvent(given)).partitionKey).toBe(partitionKey);
  });

  it.each([
    { why: 'no data', data: undefined, value: 1 },
    { why: 'data without a value', data: { amount: 5 }, value: 1 },
    { why: 'null data', data: null, value: 1 },
    { why: 'an array, which has no value', data: [{ value: 5 }], value: 1 },
    { why: 'text', data: 'value', value: 1 },
    { why: 'a number', data: 7, value: 1 },
    { why: 'an integer', data: { value: 7 }, value: 7 },
    { why: 'zero', data: { value: 0 }, value: 0 },
    { why: 'the largest', data: { value: 1_000_000 }, value: 1_000_000 },
    { why: 'the smallest', data: { value: -1_000_000 }, value: -1_000_000 },
    { why: 'an integer written with a fraction', data: JSON.parse('{"value":2.0}') as unknown, value: 2 },
  ])('adds its value: $why', ({ data, value }) => {
    expect(accepted(anEvent({ data })).value).toBe(value);
  });

  it('adds plain zero for -0, which SQL and JSON write alike', () => {
    expect(Object.is(accepted(anEvent({ data: { value: -0 } })).value, 0)).toBe(true);
  });

  it.each<{ why: string; given: Record<string, unknown>; restJson: string }>([
    { why: 'nothing', given: {}, restJson: '' },
    { why: 'only a value', given: { data: { value: 3 } }, restJson: ',"data":{"value":3}' },
    {
      why: 'other attributes, then data',
      given: { data: [1], datacontenttype: 'application/json', traceparent: '00-1', sampled: true, rank: 4 },
      restJson:
        ',"datacontenttype":"application/json","traceparent":"00-1","sampled":true,"rank":4,"data":[1]',
    },
    { why: 'data as bytes', given: { data_base64: 'AQID' }, restJson: ',"data_base64":"AQID"' },
    { why: 'null data', given: { data: null }, restJson: ',"data":null' },
    { why: 'null attributes as absent', given: { traceid: null, data_base64: null }, restJson: '' },
    {
      why: 'null data beside bytes as absent',
      given: { data: null, data_base64: 'AQ==' },
      restJson: ',"data_base64":"AQ=="',
    },
    { why: 'none of what ingest writes', given: { receivedat: 'x', chunk: {}, position: -1 }, restJson: '' },
    {
      why: 'names that objects inherit',
      given: { constructor: 'c', valueof: 'v' },
      restJson: ',"constructor":"c","valueof":"v"',
    },
  ])('keeps the rest: $why', ({ given, restJson }) => {
    expect(accepted(anEvent(given)).restJson).toBe(restJson);
  });

  it('takes the last of duplicate keys', () => {
    const parsed = fromWire(
      '{"specversion":"1.0","id":"first","id":"last","source":"s","type":"t","time":"2026-01-01T00:00:00Z","data":{"value":1,"value":2}}',
    );
    expect(parsed).toMatchObject({ event: { id: 'last', value: 2, restJson: ',"data":{"value":2}' } });
  });

  it('keeps an own __proto__ in data as data', () => {
    const parsed = fromWire(
      '{"specversion":"1.0","id":"i","source":"s","type":"t","time":"2026-01-01T00:00:00Z","data":{"__proto__":{"value":9}}}',
    );
    expect(parsed).toMatchObject({ event: { value: 1, restJson: ',"data":{"__proto__":{"value":9}}' } });
  });

  it.each([
    { what: 'id', length: ID_BYTES_MAX },
    { what: 'subject', length: SUBJECT_BYTES_MAX },
  ])('may have the longest $what', ({ what, length }) => {
    expect(codesOf(anEvent({ [what]: 'x'.repeat(length) }))).toEqual([]);
    expect(codesOf(anEvent({ [what]: 'ü'.repeat(length / 2) }))).toEqual([]);
  });

  it('may nest to the limit', () => {
    // The event is level 1, so its data may hold this many levels of its own.
    expect(codesOf(anEvent({ data: nested(NESTING_MAX - 1) }))).toEqual([]);
    expect(codesOf(anEvent({ data: nested(NESTING_MAX) }))).toEqual(['nesting_too_deep']);
  });
});

/** One candidate for each code that parsing can answer, so that none is dead. */
const REFUSED: readonly { why: string; candidate: unknown; code: string; says: string }[] = [
  { why: 'a text', candidate: 'event', code: 'event_not_object', says: '"event"' },
  { why: 'null', candidate: null, code: 'event_not_object', says: 'null' },
  { why: 'an array', candidate: [anEvent()], code: 'event_not_object', says: 'an array of 1' },
  {
    why: 'an old specversion',
    candidate: anEvent({ specversion: '0.3' }),
    code: 'specversion_invalid',
    says: '"0.3"',
  },
  {
    why: 'no specversion',
    candidate: anEvent({ specversion: undefined }),
    code: 'specversion_invalid',
    says: 'missing',
  },
  { why: 'no id', candidate: anEvent({ id: undefined }), code: 'id_invalid', says: 'id is missing' },
  { why: 'a null id', candidate: anEvent({ id: null }), code: 'id_invalid', says: 'id is missing' },
  { why: 'a number as id', candidate: anEvent({ id: 7 }), code: 'id_invalid', says: 'put it in quotes' },
  { why: 'an empty id', candidate: anEvent({ id: '' }), code: 'id_invalid', says: '0 bytes' },
  {
    why: 'a long id',
    candidate: anEvent({ id: 'x'.repeat(ID_BYTES_MAX + 1) }),
    code: 'id_invalid',
    says: '129 bytes',
  },
  {
    why: 'an id long in bytes',
    candidate: anEvent({ id: 'ü'.repeat(65) }),
    code: 'id_invalid',
    says: '130 bytes',
  },
  { why: 'a newline in an id', candidate: anEvent({ id: 'a\nb' }), code: 'id_invalid', says: 'U+000A at 1' },
  { why: 'DEL in an id', candidate: anEvent({ id: 'a\x7f' }), code: 'id_invalid', says: 'U+007F' },
  { why: 'C1 in an id', candidate: anEvent({ id: 'a\x85' }), code: 'id_invalid', says: 'U+0085' },
  {
    why: 'no source',
    candidate: anEvent({ source: undefined }),
    code: 'source_invalid',
    says: 'source is missing',
  },
  { why: 'NUL in a source', candidate: anEvent({ source: '\0' }), code: 'source_invalid', says: 'U+0000' },
  { why: 'no type', candidate: anEvent({ type: undefined }), code: 'type_invalid', says: 'type is missing' },
  {
    why: 'a slash in a type',
    candidate: anEvent({ type: 'a/b' }),
    code: 'type_invalid',
    says: 'into subject',
  },
  {
    why: 'a type that starts with a dot',
    candidate: anEvent({ type: '.a' }),
    code: 'type_invalid',
    says: '".a"',
  },
  {
    why: 'a letter beyond ASCII in a type',
    candidate: anEvent({ type: 'café' }),
    code: 'type_invalid',
    says: 'café',
  },
  {
    why: 'a long type',
    candidate: anEvent({ type: 'x'.repeat(129) }),
    code: 'type_invalid',
    says: 'up to 127',
  },
  {
    why: 'an empty subject',
    candidate: anEvent({ subject: '' }),
    code: 'subject_invalid',
    says: 'leave it out',
  },
  {
    why: 'an object as subject',
    candidate: anEvent({ subject: {} }),
    code: 'subject_invalid',
    says: 'accepted: text',
  },
  {
    why: 'an empty partitionkey',
    candidate: anEvent({ partitionkey: '' }),
    code: 'partitionkey_invalid',
    says: '0 bytes',
  },
  { why: 'no time', candidate: anEvent({ time: undefined }), code: 'time_invalid', says: 'time is missing' },
  {
    why: 'epoch seconds',
    candidate: anEvent({ time: 1_769_000_000 }),
    code: 'time_invalid',
    says: 'epoch seconds: send "2026-01-21T12:53:20.000Z"',
  },
  {
    why: 'epoch milliseconds',
    candidate: anEvent({ time: 1_769_000_000_000 }),
    code: 'time_invalid',
    says: 'epoch milliseconds: send "2026-01-21T12:53:20.000Z"',
  },
  {
    why: 'epoch seconds as text',
    candidate: anEvent({ time: '1769000000' }),
    code: 'time_invalid',
    says: 'epoch seconds',
  },
  {
    why: 'an astronomical number as time',
    candidate: anEvent({ time: 1e300 }),
    code: 'time_invalid',
    says: 'send it as text',
  },
  {
    why: 'a time without a zone',
    candidate: anEvent({ time: '2026-11-21T09:15:02' }),
    code: 'time_invalid',
    says: 'Z or an offset',
  },
  {
    why: 'a date',
    candidate: anEvent({ time: '2026-11-21' }),
    code: 'time_invalid',
    says: 'add the time of day',
  },
  {
    why: 'a blank for the T',
    candidate: anEvent({ time: '2026-11-21 09:15:02Z' }),
    code: 'time_invalid',
    says: 'put a T',
  },
  {
    why: 'a leap second',
    candidate: anEvent({ time: '2016-12-31T23:59:60Z' }),
    code: 'time_invalid',
    says: 'leap second',
  },
  {
    why: 'a day no calendar has',
    candidate: anEvent({ time: '2026-02-30T00:00:00.000Z' }),
    code: 'time_invalid',
    says: 'calendar',
  },
  {
    why: 'a fraction as value',
    candidate: anEvent({ data: { value: 1.5 } }),
    code: 'value_invalid',
    says: '1.5',
  },
  {
    why: 'a text as value',
    candidate: anEvent({ data: { value: '1' } }),
    code: 'value_invalid',
    says: 'remove the quotes',
  },
  {
    why: 'null as value',
    candidate: anEvent({ data: { value: null } }),
    code: 'value_invalid',
    says: 'null',
  },
  {
    why: 'a value too large',
    candidate: anEvent({ data: { value: 1_000_001 } }),
    code: 'value_invalid',
    says: '1000001',
  },
  {
    why: 'data twice',
    candidate: anEvent({ data: 1, data_base64: 'AQ==' }),
    code: 'data_conflict',
    says: 'leave the other out',
  },
  {
    why: 'a stray character in base64',
    candidate: anEvent({ data_base64: 'A-_=' }),
    code: 'data_base64_invalid',
    says: 'A-_=',
  },
  {
    why: 'base64 without its padding',
    candidate: anEvent({ data_base64: 'AQ' }),
    code: 'data_base64_invalid',
    says: 'padded',
  },
  {
    why: 'a number as data_base64',
    candidate: anEvent({ data_base64: 1 }),
    code: 'data_base64_invalid',
    says: 'is 1',
  },
  {
    why: 'capitals in a name',
    candidate: anEvent({ userId: 'u' }),
    code: 'attribute_name_invalid',
    says: '"userId"',
  },
  {
    why: 'an underscore in a name',
    candidate: anEvent({ user_id: 'u' }),
    code: 'attribute_name_invalid',
    says: 'put it into data',
  },
  {
    why: 'a long name',
    candidate: anEvent({ ['x'.repeat(65)]: 'u' }),
    code: 'attribute_name_invalid',
    says: '1 to 64',
  },
  { why: 'an empty name', candidate: anEvent({ '': 'u' }), code: 'attribute_name_invalid', says: '""' },
  {
    why: 'a bad name even for null',
    candidate: anEvent({ user_id: null }),
    code: 'attribute_name_invalid',
    says: 'user_id',
  },
  {
    why: 'a value beside data',
    candidate: anEvent({ value: 5 }),
    code: 'attribute_name_invalid',
    says: '"data":{"value":1}',
  },
  {
    why: 'own __proto__',
    candidate: JSON.parse('{"__proto__":{"id":"i"}}'),
    code: 'attribute_name_invalid',
    says: '__proto__',
  },
  {
    why: 'an object as attribute',
    candidate: anEvent({ tags: { a: 1 } }),
    code: 'attribute_value_invalid',
    says: 'put it into data',
  },
  {
    why: 'an array as attribute',
    candidate: anEvent({ tags: ['a'] }),
    code: 'attribute_value_invalid',
    says: 'an array of 1',
  },
  {
    why: 'half a pair in an id',
    candidate: anEvent({ id: '\ud83d' }),
    code: 'text_ill_formed',
    says: 'id holds',
  },
  {
    why: 'half a pair in an attribute',
    candidate: anEvent({ tag: '\udc00' }),
    code: 'text_ill_formed',
    says: 'tag holds',
  },
  {
    why: 'half a pair in data',
    candidate: anEvent({ data: { a: ['\ud83d'] } }),
    code: 'text_ill_formed',
    says: 'data holds',
  },
  {
    why: 'half a pair in a key of data',
    candidate: anEvent({ data: { '\ud83d': 1 } }),
    code: 'text_ill_formed',
    says: 'a name in data',
  },
  {
    why: 'half a pair in an attribute name',
    candidate: anEvent({ '\ud83d': 1 }),
    code: 'text_ill_formed',
    says: 'an attribute name',
  },
  {
    why: 'a number too large for JSON',
    candidate: anEvent({ data: [JSON.parse('1e999')] }),
    code: 'number_out_of_range',
    says: 'data holds',
  },
  {
    why: 'an attribute too large for JSON',
    candidate: anEvent({ rank: JSON.parse('-1e999') }),
    code: 'number_out_of_range',
    says: 'rank holds',
  },
  {
    why: 'hostile nesting',
    candidate: anEvent({ data: nested(100_000) }),
    code: 'nesting_too_deep',
    says: '32 levels',
  },
  {
    why: 'a huge event',
    candidate: anEvent({ data: 'x'.repeat(EVENT_BYTES_MAX) }),
    code: 'event_too_large',
    says: 'accepted: up to 262144',
  },
  {
    why: 'an event huge in bytes',
    candidate: anEvent({ data: '€'.repeat(EVENT_BYTES_MAX / 3) }),
    code: 'event_too_large',
    says: 'archive line',
  },
];

describe('an invalid event', () => {
  it.each(REFUSED)('is refused: $why', ({ candidate, code, says }) => {
    expect(codesOf(candidate)).toContain(code);
    expect(messageOf(candidate)).toContain(says);
  });

  it('reaches every code that is parsing’s to give', () => {
    const elsewhere = ['json_invalid', 'source_not_allowed', 'time_too_old', 'time_in_future', 'day_sealed'];
    const reached = new Set([...REFUSED.map(({ code }) => code), ...elsewhere]);
    expect([...reached].sort()).toEqual([...EVENT_ERROR_CODES].sort());
  });

  it('names everything that is wrong at once, and the id', () => {
    const candidate = {
      id: 'mine',
      type: 'a b',
      time: 'now',
      data: { value: 'x' },
      Bad: 1,
      partitionkey: '\n',
    };
    expect(parseEvent(candidate)).toMatchObject({ id: 'mine' });
    expect(codesOf(candidate)).toEqual([
      'specversion_invalid',
      'source_invalid',
      'type_invalid',
      'partitionkey_invalid',
      'time_invalid',
      'value_invalid',
      'attribute_name_invalid',
    ]);
  });

  it('says one thing about a missing attribute, and nothing about an absent one', () => {
    expect(codesOf({})).toEqual([
      'specversion_invalid',
      'id_invalid',
      'source_invalid',
      'type_invalid',
      'time_invalid',
    ]);
  });

  it('answers with less than it was sent', () => {
    const names = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`Bad${n}`, 1]));
    expect(codesOf(anEvent(names))).toHaveLength(10);
    const parsed = parseEvent(anEvent({ id: 'x'.repeat(1_000_000) }));
    expect(JSON.stringify(parsed).length).toBeLessThan(1_000);
  });
});

const readBack = (line: string): ArchivedEvent => {
  const events: ArchivedEvent[] = [];
  readArchiveLines(Buffer.from(line), {
    onEvent: (event) => events.push(archived(event)),
    onBadLine: ({ message }) => {
      throw new Error(message);
    },
  });
  return events[0]!;
};

const anyCandidate = fc.record(
  {
    specversion: fc.constantFrom('1.0', '1'),
    id: fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.anything()),
    source: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
    type: fc.oneof(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/), fc.string()),
    subject: fc.option(fc.string({ unit: 'grapheme', maxLength: 30 })),
    partitionkey: fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 30 })),
    time: fc.oneof(
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString()),
      fc.string(),
    ),
    data: fc.jsonValue(),
    extension: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

describe('parseEvent', () => {
  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyCandidate), (candidate) => {
        const parsed = parseEvent(candidate);
        expect('event' in parsed || parsed.errors.length > 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('makes events whose archive line reads back as they are', () => {
    const valid = anyCandidate.map((given) => ({
      ...anEvent({ subject: undefined }),
      ...given,
      specversion: '1.0',
    }));
    let acceptedCount = 0;
    fc.assert(
      fc.property(valid, (candidate) => {
        const parsed = parseEvent(candidate);
        fc.pre('event' in parsed);
        acceptedCount++;
        const line = formatArchiveLine(parsed.event, STAMP);
        const { restJson, ...named } = parsed.event;
        expect(readBack(line)).toEqual({ ...named, ...STAMP });
        const rest = JSON.parse(`{"_":0${restJson}}`) as Record<string, unknown>;
        expect(rest['data']).toEqual(
          (JSON.parse(JSON.stringify({ data: candidate.data })) as { data?: unknown }).data,
        );
        expect(Buffer.from(line).toString()).toBe(line);
        expect(JSON.parse(line)).toMatchObject({ time: formatInstant(named.timeMs), value: named.value });
      }),
      { numRuns: 300 },
    );
    expect(acceptedCount).toBeGreaterThan(100);
  });
});
