import fc from 'fast-check';
import { formatArchiveLine } from '../../core/archive-line.js';
import { decodeRequest } from '../../core/decode-request.js';
import type { TallyEvent } from '../../core/event.js';
import { EventScanner } from '../../core/event-scanner.js';
import { identityCharacters } from '../../core/identity.js';
import { hashIdentity } from '../../core/identity-bytes.js';
import { ID_BYTES_MAX, SOURCE_BYTES_MAX, SUBJECT_BYTES_MAX, TYPE_LENGTH_MAX } from '../../core/limits.js';
import { parseEvent } from '../../core/parse-event.js';
import type { RequestItem } from '../../core/request-item.js';
import { ScannedEvent, namesOf } from '../../core/scanned-event.js';
import { stamp } from '../factories.js';

const HEADERS = { 'content-type': 'application/json' };

/** What parsing makes of an item: the one definition that scanning must agree with. */
const outcomeOf = (item: RequestItem | undefined) => {
  if (item === undefined || 'error' in item) return item;
  return 'event' in item ? { event: plain(item.event) } : parseEvent(item.candidate);
};

/** All that an event says, whether it is kept in it or made when asked for; and what is kept must say the same. */
function plain(event: TallyEvent): TallyEvent {
  const { id, source, type, subject, partitionKey, timeMs, value, restJson } = event;
  const said = { id, source, type, subject, partitionKey, timeMs, value, restJson };
  if (event instanceof ScannedEvent) {
    expect(namesOf(event)).toMatchObject({ source, type, subject, partitionKey });
    expect(hashIdentity(event.names, event.request, event.idStart, event.idLength)).toBe(
      identityCharacters(said),
    );
    expect(formatArchiveLine(event, stamp())).toBe(formatArchiveLine(said, stamp()));
  }
  return said;
}

/** Decode a body of several events; what it throws is an outcome, too. */
function outcomesOf(body: Uint8Array): unknown {
  try {
    return decodeRequest(HEADERS, body).map(outcomeOf);
  } catch (error) {
    return String(error);
  }
}

/** The same without scanning. */
function parsedOutcomesOf(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const values = JSON.parse(text) as unknown[];
    return Array.isArray(values) ? values.map((value) => parseEvent(value)) : outcomesOf(body);
  } catch {
    return expect.any(String);
  }
}

const LINES = { 'content-type': 'application/x-ndjson' };

function lineOutcomesOf(body: Uint8Array): { readonly outcomes: unknown; readonly scannedCount: number } {
  try {
    const items = decodeRequest(LINES, body);
    return { outcomes: items.map(outcomeOf), scannedCount: items.filter((item) => 'event' in item).length };
  } catch (error) {
    return { outcomes: String(error), scannedCount: 0 };
  }
}

/** The same without scanning. */
function parsedLineOutcomesOf(body: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return expect.stringContaining('UTF-8');
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? expect.stringContaining('empty') : lines.map(parsedLineOutcomeOf);
}

function parsedLineOutcomeOf(line: string): unknown {
  try {
    return parseEvent(JSON.parse(line));
  } catch {
    return { error: { code: 'json_invalid', message: expect.any(String) as string } };
  }
}

const oneOf = (...values: unknown[]) => fc.constantFrom(...values);
const often = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: odd });
const ODD = oneOf(
  null,
  '',
  1,
  true,
  [],
  {},
  'ä',
  '\u0000',
  '\u007f',
  '\ud800',
  'x'.repeat(300),
  'a"b',
  'a\\b',
  '日本',
);

const attributes: Record<string, fc.Arbitrary<unknown>> = {
  specversion: often(oneOf('1.0'), oneOf('0.3', 1, 'source')),
  id: often<unknown>(fc.stringMatching(/^[ -~]{1,128}$/), ODD),
  source: often<unknown>(fc.stringMatching(/^[!-~]{1,12}$/), ODD),
  type: often<unknown>(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,12}$/), ODD),
  time: often<unknown>(
    fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    oneOf(
      '2026-11-21T09:15:60.000Z',
      '2026-02-30T09:15:00.000Z',
      '2026-11-21t09:15:02.120z',
      '2026-11-21T09:15:02Z',
      5,
      '2026-11-21T09:15:02+01:0',
    ),
  ),
  subject: often<unknown>(fc.stringMatching(/^[!-~]{1,12}$/), ODD),
  partitionkey: often<unknown>(fc.stringMatching(/^[!-~]{1,12}$/), ODD),
  data: fc.oneof(
    fc.integer({ min: -1_000_002, max: 1_000_002 }).map((value) => ({ value })),
    oneOf(
      { value: -0 },
      { value: 1.5 },
      { value: '1' },
      {},
      null,
      'text',
      [1],
      { value: 1, page: '/x' },
      { page: { value: 3 } },
    ),
    fc.jsonValue(),
  ),
  extension: oneOf('text', 1, null),
  receivedat: oneOf('2026'),
  value: oneOf(1),
  data_base64: oneOf('AAAA', '?'),
};

const REQUIRED = ['specversion', 'id', 'source', 'type', 'time'];
const OPTIONAL = ['subject', 'partitionkey', 'data'];
const RARE = ['extension', 'receivedat', 'value', 'data_base64'];

/** What a producer's events may have in common. */
const SHARED = ['source', 'type', 'subject', 'data'];

/**
 * Events of one producer: members in any order, some missing, some twice, written with or without space, and all of them alike. Some of
 * their values are mostly the same.
 */
const eventTexts = fc
  .tuple(
    fc.record({
      left: fc.option(fc.constantFrom(...REQUIRED), { freq: 20 }),
      twice: fc.option(fc.constantFrom(...REQUIRED, ...OPTIONAL), { freq: 20 }),
    }),
    fc.subarray(OPTIONAL),
    often(fc.constant<string[]>([]), fc.subarray(RARE)),
    fc.constantFrom('', '', ' ', '\n\t'),
    fc.subarray(SHARED),
  )
  .chain(([{ left, twice }, optional, rare, space, shared]) => {
    const names = [
      ...REQUIRED.filter((name) => name !== left),
      ...optional,
      ...rare,
      ...(twice === null ? [] : [twice]),
    ];
    const members = names.map((name) =>
      (attributes[name] as fc.Arbitrary<unknown>).map(
        (value) => `${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`,
      ),
    );
    return fc
      .tuple(
        fc.tuple(...members),
        fc.array(fc.tuple(fc.tuple(...members), often(fc.constant(true), fc.constant(false))), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.shuffledSubarray(
          names.map((_, index) => index),
          { minLength: names.length },
        ),
      )
      .map(([usual, events, order]) =>
        events.map(([own, isUsual]) => {
          const texts = order.map(
            (index) => (isUsual && shared.includes(names[index] ?? '') ? usual : own)[index],
          );
          return `{${space}${texts.join(`${space},${space}`)}${space}}`;
        }),
      );
  });

const RUNS = { numRuns: 3_000 };

it('finds in any request what parsing finds', () => {
  let scanned = 0;
  fc.assert(
    fc.property(fc.array(eventTexts, { minLength: 1, maxLength: 3 }), (events) => {
      const body = Buffer.from(`[${events.flat().join(',')}]`);
      expect(outcomesOf(body)).toEqual(parsedOutcomesOf(body));
      scanned += decodeRequest(HEADERS, body).filter((item) => 'event' in item).length;
    }),
    RUNS,
  );
  // Otherwise this would compare parsing with itself.
  expect(scanned).toBeGreaterThan(RUNS.numRuns / 10);
});

it('finds in any lines what parsing each of them finds', () => {
  let scanned = 0;
  fc.assert(
    fc.property(
      fc.array(eventTexts, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('\n', '\r\n', '\n\n', ' \n', '\n '),
      fc.nat(),
      fc.constantFrom('', '', '\n', '{', '}', '"', ' ', 'x', '\ufeff', '\u00a0'),
      fc.nat({ max: 2 }),
      (events, newline, place, inserted, removedCount) => {
        const whole = Buffer.from(events.flat().join(newline));
        const at = place % whole.length;
        const odd = Buffer.from(inserted);
        const body = Buffer.concat([whole.subarray(0, at), odd, whole.subarray(at + removedCount)]);
        const { outcomes, scannedCount } = lineOutcomesOf(body);
        expect(outcomes).toEqual(parsedLineOutcomesOf(body));
        scanned += scannedCount;
      },
    ),
    RUNS,
  );
  expect(scanned).toBeGreaterThan(RUNS.numRuns / 10);
});

it('takes nothing that is not JSON, and no other bytes than UTF-8', () => {
  fc.assert(
    fc.property(
      fc.array(eventTexts, { minLength: 1, maxLength: 2 }),
      fc.nat(),
      fc.constantFrom('', ',', '"', '{', '}', '[', ']', ':', '\\', '\n', '0', '\u0001', '"1.0"'),
      fc.nat({ max: 3 }),
      fc.boolean(),
      (events, place, inserted, removedCount, isBroken) => {
        const whole = Buffer.from(`[${events.flat().join(',')}]`);
        const at = place % whole.length;
        const odd = isBroken ? Buffer.from([0xc3]) : Buffer.from(inserted);
        const body = Buffer.concat([whole.subarray(0, at), odd, whole.subarray(at + removedCount)]);
        expect(outcomesOf(body)).toEqual(parsedOutcomesOf(body));
      },
    ),
    RUNS,
  );
});

const EVENT = {
  ...{ specversion: '1.0', id: 'e1', source: 's', type: 't', subject: 'x' },
  ...{ time: '2026-11-21T09:15:02.120Z', data: { value: 1 } },
};

function scan(text: string): TallyEvent | undefined {
  const event = new EventScanner(Buffer.from(text)).scanEvent();
  return event === undefined ? undefined : plain(event);
}

it.each([
  ['as JSON.stringify writes it', JSON.stringify(EVENT)],
  ['with spaces', JSON.stringify(EVENT, null, 1)],
  ['with a partition key', JSON.stringify({ ...EVENT, partitionkey: 'k' })],
  ['with more data', JSON.stringify({ ...EVENT, data: { value: 2, page: 'ü' } })],
  ['without subject and data', JSON.stringify({ ...EVENT, subject: undefined, data: undefined })],
])('scans an event %s', (_, text) => {
  expect(scan(text)).toEqual((parseEvent(JSON.parse(text)) as { event: unknown }).event);
});

it('scans the longest event there may be, whose default key is longer than a key may be', () => {
  const longest = {
    ...EVENT,
    id: 'i'.repeat(ID_BYTES_MAX),
    source: 's'.repeat(SOURCE_BYTES_MAX),
    type: 't'.repeat(TYPE_LENGTH_MAX),
    subject: 'x'.repeat(SUBJECT_BYTES_MAX),
  };
  const text = JSON.stringify(longest);
  expect(scan(text)).toEqual((parseEvent(JSON.parse(text)) as { event: unknown }).event);
});

it.each([
  [
    'a name in the place of a value',
    '{"specversion":"source":"s","id":"e1","type":"t","time":"2026-11-21T09:15:02.120Z"}',
  ],
  ['an attribute twice', JSON.stringify(EVENT).replace('"id":"e1"', '"id":"e1","id":"e2"')],
  ['an escape', JSON.stringify(EVENT).replace('e1', '\\u0065')],
  ['a leading zero', JSON.stringify(EVENT).replace('"value":1', '"value":01')],
  ['a byte order mark before data', JSON.stringify(EVENT).replace('"data":', '"data":\ufeff')],
])('leaves %s to the parser', (_, text) => {
  expect(scan(text)).toBeUndefined();
});

const [WEB_1, WEB_2] = [{ source: 'web-1' }, { source: 'web-2' }];
const [SEEN, READ] = [{ type: 'seen' }, { type: 'read' }];
const [ONE, TWO] = [{ data: { value: 1 } }, { data: { value: 2 } }];

// Goal: what is remembered of one source and type is told of no other. Method: events in turns, a long turn and a short one; source and
// type in the middle and at the end; a second request that begins with what the first has taught.
it.each([
  {
    what: 'sources',
    turns: [
      { ...WEB_1, ...SEEN, ...ONE },
      { ...WEB_2, ...SEEN, ...ONE },
    ],
  },
  {
    what: 'types',
    turns: [
      { ...WEB_1, ...SEEN, ...ONE },
      { ...WEB_1, ...READ, ...ONE },
    ],
  },
  {
    what: 'values',
    turns: [
      { ...WEB_1, ...SEEN, ...ONE },
      { ...WEB_1, ...SEEN, ...TWO },
    ],
  },
  {
    what: 'all three',
    turns: [
      { ...WEB_1, ...SEEN, ...TWO },
      { ...WEB_2, ...READ, ...ONE },
    ],
  },
])('reads events of $what in turns', ({ turns: [long, short] }) => {
  const { specversion, subject, time } = EVENT;
  for (const [longLength, shortLength] of [
    [1, 1],
    [3, 1],
    [3, 3],
    [40, 1],
    [40, 20],
  ] as const) {
    const inTurns = Array.from({ length: 200 }, (_, index) =>
      index % (longLength + shortLength) < longLength ? long : short,
    );
    const inTheMiddle = inTurns.map((turn, index) => ({ ...EVENT, id: `e${index}`, ...turn }));
    const atTheEnd = inTurns.map((turn, index) => ({ specversion, id: `e${index}`, subject, time, ...turn }));
    for (const events of [inTheMiddle, atTheEnd, atTheEnd]) {
      const items = decodeRequest(HEADERS, Buffer.from(JSON.stringify(events)));
      expect(items.filter((item) => 'event' in item)).toHaveLength(events.length);
      expect(items.map(outcomeOf)).toEqual(events.map((event) => parseEvent(event)));
    }
  }
});

it('asks of each event anew what a type may be', () => {
  const text = JSON.stringify([0, 1].map((id) => ({ ...EVENT, id: `${id}`, type: 'no type' })));
  const items = decodeRequest(HEADERS, Buffer.from(text));
  expect(items.map(outcomeOf)).toMatchObject([0, 1].map(() => ({ errors: [{ code: 'type_invalid' }] })));
});
