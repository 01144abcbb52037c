import fc from 'fast-check';
import { formatArchiveLine, parseArchiveLine, readArchiveLines } from '../../core/archive-line.js';
import type { ArchivedEvent, TallyEvent } from '../../core/event.js';
import { VALUE_MAX, VALUE_MIN } from '../../core/limits.js';
import { INSTANT_MS_MAX, INSTANT_MS_MIN } from '../../core/time.js';
import { identityCharacters } from '../../core/identity.js';
import { hashIdentity } from '../../core/identity-bytes.js';
import { ScannedLine } from '../../core/scanned-line.js';
import { archived } from '../support/archived.js';
import { NOON_MS, archivedEvent, stamp, tallyEvent } from '../factories.js';

function read(text: string): { events: ArchivedEvent[]; bad: string[]; scannedCount: number } {
  const [events, bad]: [ArchivedEvent[], string[]] = [[], []];
  let scannedCount = 0;
  readArchiveLines(Buffer.from(text), {
    onEvent: (event) => {
      if (event instanceof ScannedLine) scannedCount++;
      events.push(archived(event));
    },
    onBadLine: ({ line }) => bad.push(line),
  });
  return { events, bad, scannedCount };
}

/** Texts that try the scanner: quotes, backslashes, separators of the line itself, other scripts. */
const trickyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('"', '\\', '\\"', '","source":"', '","time":"', 'ü/é', '😀', 'a\\', '","value":1'),
);
const instants = fc.integer({ min: INSTANT_MS_MIN, max: INSTANT_MS_MAX });
const events: fc.Arbitrary<TallyEvent> = fc.record({
  id: trickyText,
  source: trickyText,
  type: fc.constantFrom('page.viewed', 'a:b', 'x'),
  subject: fc.oneof(fc.constant(''), trickyText),
  partitionKey: trickyText,
  timeMs: instants,
  value: fc.integer({ min: VALUE_MIN, max: VALUE_MAX }),
  restJson: fc.constantFrom(
    '',
    ',"data":{"value":1}',
    ',"data":"\\"\\\\"',
    ',"trace":"x","data":[{"time":"y"}]',
  ),
});

describe('archive lines', () => {
  it('are written with the fixed part first, whole and in order', () => {
    const line = formatArchiveLine(
      tallyEvent({ subject: '', partitionKey: 'page.viewed', value: -3, restJson: ',"data":{"a":1}' }),
      stamp({ position: 7 }),
    );
    expect(line).toBe(
      '{"specversion":"1.0","id":"e1","source":"web-1","type":"page.viewed","subject":"","partitionkey":"page.viewed",' +
        '"time":"2026-11-21T12:00:00.000Z","value":-3,"receivedat":"2026-11-21T12:00:01.000Z","chunk":"chunk-1",' +
        '"position":7,"data":{"a":1}}',
    );
  });

  it('read back as they were written, whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(events, instants), { maxLength: 5 }), (given) => {
        const expected = given.map(([event, receivedAtMs], position) => {
          const { restJson: _, ...fixed } = event;
          return { ...fixed, ...stamp({ receivedAtMs, position }) };
        });
        const lines = given.map(([event, receivedAtMs], position) =>
          formatArchiveLine(event, stamp({ receivedAtMs, position })),
        );
        expect(read(lines.map((line) => `${line}\n`).join(''))).toMatchObject({ events: expected, bad: [] });
      }),
      { numRuns: 500 },
    );
  });

  it('are JSON with the same meaning', () => {
    fc.assert(
      fc.property(events, (event) => {
        const json = JSON.parse(formatArchiveLine(event, stamp())) as Record<string, unknown>;
        expect(json).toMatchObject({ id: event.id, subject: event.subject, value: event.value });
      }),
    );
  });

  it('are read in any order of attributes and with any spacing, by parsing', () => {
    const line = JSON.stringify(JSON.parse(formatArchiveLine(tallyEvent(), stamp())), null, 1).replaceAll(
      '\n',
      ' ',
    );
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse()));
    expect(read(`${line}\n${reversed}\n`)).toMatchObject({
      events: [archivedEvent(), archivedEvent()],
      bad: [],
    });
  });

  it.each([
    { why: 'not JSON', line: '{"specversion":"1.0","id":"e1"' },
    { why: 'not an object', line: '[1]' },
    { why: 'no id', line: changed({ id: undefined }) },
    { why: 'a number for a source', line: changed({ source: 5 }) },
    { why: 'an empty type', line: changed({ type: '' }) },
    { why: 'no partition key', line: changed({ partitionkey: undefined }) },
    { why: 'no time', line: changed({ time: undefined }) },
    { why: 'a day that no calendar has', line: changed({ time: '2026-02-30T00:00:00.000Z' }) },
    { why: 'second 61', line: changed({ time: '2026-11-21T12:00:61.000Z' }) },
    { why: 'a fraction for a value', line: changed({ value: 1.5 }) },
    { why: 'a value beyond the limit', line: changed({ value: VALUE_MAX + 1 }) },
    { why: 'a text for a value', line: changed({ value: '1' }) },
    { why: 'no position', line: changed({ position: undefined }) },
    { why: 'a torn end', line: formatArchiveLine(tallyEvent(), stamp()).slice(0, -1) },
    { why: 'nothing behind the time', line: formatArchiveLine(tallyEvent(), stamp()).slice(0, 150) },
  ])('that are damaged are handed on and do not touch their neighbours: $why', ({ line }) => {
    const good = formatArchiveLine(tallyEvent(), stamp());
    expect(read(`${good}\n${line}\n\n${good}\n`)).toMatchObject({
      events: [archivedEvent(), archivedEvent()],
      bad: [line],
    });
  });

  it('never read a second that is not one, although the minute is remembered from the line before', () => {
    const lines = [
      changed({}),
      changed({ time: '2026-11-21T12:00:99.000Z' }),
      changed({ time: '2026-11-21T12:00:30.5Z' }),
    ];
    const { events, bad } = read(lines.join('\n'));
    expect(events.map(({ timeMs }) => timeMs)).toEqual([NOON_MS, NOON_MS + 30_500]);
    expect(bad).toEqual([lines[1]]);
  });
});

describe('a scanned line', () => {
  const usualText = fc.constantFrom(
    'a',
    'b1',
    'T-12',
    'x'.repeat(30),
    'y'.repeat(129),
    'a b',
    'z'.repeat(257),
  );
  const usualEvents: fc.Arbitrary<TallyEvent> = fc.record({
    id: usualText,
    source: usualText,
    type: fc.constantFrom('page.viewed', 'a:b', 'x'),
    subject: fc.oneof(fc.constant(''), usualText),
    partitionKey: usualText,
    timeMs: fc.oneof(fc.constantFrom(NOON_MS, NOON_MS + 59_999, NOON_MS + 60_000), instants),
    value: fc.integer({ min: -3, max: 12 }),
    restJson: fc.constantFrom('', ',"data":{"value":1}'),
  });
  const lineOf = fc
    .tuple(
      usualEvents,
      fc.constantFrom(NOON_MS, NOON_MS + 70_000),
      fc.nat({ max: 1_200 }),
      fc.constantFrom('c', 'd'),
    )
    .map(([event, receivedAtMs, position, chunkId]) =>
      formatArchiveLine(event, { receivedAtMs, position, chunkId }),
    );

  // Goal: scanning is never another opinion. Method: usual lines in any order, some damaged by one byte, against parsing each alone.
  it('is what parsing makes of it, damaged or not', () => {
    const edit = fc.record({
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      byte: fc.constantFrom(...'"\\0-9:,{}Zé \n'),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(lineOf, fc.option(edit, { freq: 2 })), { maxLength: 8 }), (given) => {
        const text = given
          .map(([line, damage]) => {
            // What is behind the position is not looked at, when a line is scanned.
            const at = Math.floor((damage?.share ?? 0) * line.indexOf('"position"'));
            return damage === null ? line : line.slice(0, at) + damage.byte + line.slice(at + 1);
          })
          .join('\n');
        const parsed = text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => parseArchiveLine(line));
        const { events, bad } = read(text);
        expect(events).toEqual(parsed.filter((one) => typeof one !== 'string'));
        expect(bad.length).toBe(parsed.length - events.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    { why: 'a leading zero', from: '"value":7', to: '"value":07' },
    { why: 'minus zero', from: '"value":7', to: '"value":-0' },
    { why: 'an empty partition key', from: '"partitionkey":"k"', to: '"partitionkey":""' },
    { why: 'no partition key', from: '"partitionkey":"k",', to: '' },
    { why: 'an empty source', from: '"source":"s"', to: '"source":""' },
    { why: 'an empty id', from: '"id":"e1"', to: '"id":""' },
    { why: 'a type of Tally itself', from: '"type":"t"', to: '"type":"$t"' },
    { why: 'an instant without milliseconds', from: '00.000Z","value"', to: '00Z","value"' },
    { why: 'a position that is none', from: '"position":0', to: '"position":00' },
  ])('leaves what is unusual to parsing: $why', ({ from, to }) => {
    const event = tallyEvent({ source: 's', type: 't', subject: 'x', partitionKey: 'k', value: 7 });
    const good = formatArchiveLine(event, stamp());
    const other = good.replace(from, to);
    expect(other).not.toBe(good);
    const { events, bad } = read(`${good}\n${other}\n${good}`);
    const parsed = [good, other, good].map((line) => parseArchiveLine(line));
    expect(events).toEqual(parsed.filter((one) => typeof one !== 'string'));
    expect(bad).toEqual(events.length === 2 ? [other] : []);
  });

  it('reads seconds and milliseconds as parsing does, whatever stands in the place of a digit', () => {
    const good = formatArchiveLine(tallyEvent({ timeMs: NOON_MS + 12_345 }), stamp());
    const start = good.indexOf('12.345Z"');
    for (let at = start; at < start + 8; at++) {
      for (let code = 0x20; code < 0x7f; code++) {
        const other = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1);
        const parsed = parseArchiveLine(other);
        expect(read(`${good}\n${other}`)).toMatchObject(
          typeof parsed === 'string'
            ? { events: [{ timeMs: NOON_MS + 12_345 }], bad: [other] }
            : { events: [{ timeMs: NOON_MS + 12_345 }, parsed], bad: [] },
        );
      }
    }
  });

  it('ends at its newline, however far it is behind the position', () => {
    const lines = Array.from({ length: 80 }, (_, length) =>
      formatArchiveLine(
        tallyEvent({ restJson: `,"data":"${'x'.repeat(length)}"` }),
        stamp({ position: length }),
      ),
    );
    const { events, bad, scannedCount } = read(lines.join('\n'));
    expect(events).toEqual(lines.map((line) => parseArchiveLine(line)));
    expect({ bad, scannedCount }).toEqual({ bad: [], scannedCount: 80 });
  });

  it('keeps nothing of the line before in a copy, nor of the line after', () => {
    const lines = ['e1', 'e2'].map((id) => formatArchiveLine(tallyEvent({ id }), stamp()));
    const copies: ArchivedEvent[] = [];
    readArchiveLines(Buffer.from(lines.join('\n')), {
      onEvent: (event) => copies.push((event as ScannedLine).copy()),
      onBadLine: ({ message }) => expect(message).toBe(''),
    });
    expect(copies).toEqual(lines.map((line) => parseArchiveLine(line)));
  });

  it('has the same identity as its event', () => {
    fc.assert(
      fc.property(fc.array(lineOf, { maxLength: 8 }), (lines) => {
        readArchiveLines(Buffer.from(lines.join('\n')), {
          onEvent: (event) => {
            if (event instanceof ScannedLine)
              expect(hashIdentity(event.names, event.request, event.idStart, event.idLength)).toBe(
                identityCharacters(archived(event)),
              );
          },
          onBadLine: ({ message }) => expect(message).toBe(''),
        });
      }),
    );
  });

  it('is every line of the usual shape', () => {
    const lines = Array.from({ length: 300 }, (_, index) => {
      const event = tallyEvent({
        id: `e${index}`,
        subject: `s${index % 7}`,
        timeMs: NOON_MS + index * 400,
        value: index - 150,
      });
      return formatArchiveLine(event, stamp({ position: index }));
    });
    expect(read(lines.join('\n')).scannedCount).toBe(300);
  });
});

/** A good line with attributes changed, in the canonical order; `undefined` leaves one out. */
function changed(attributes: Record<string, unknown>): string {
  const line = JSON.parse(formatArchiveLine(tallyEvent(), stamp())) as Record<string, unknown>;
  return JSON.stringify({ ...line, ...attributes });
}
