/** A day's data with all that engines are known to read differently, as tables that either engine makes. */
import { sqlLiteral } from '../../core/sql-text.js';
import { ARCHIVED_DAY, archivedLine, markerLine } from '../support/archived-line.js';

export const DAY = ARCHIVED_DAY;
export const DATABASE = 'default';

const event = archivedLine;
const twice = event('twice', { position: 1 });

export const EVENT_LINES: readonly string[] = [
  event('plain'),
  twice,
  twice,
  event('negative', { value: -7, position: 2 }),
  // Two bodies under one identity: the smaller (receivedat, chunk, position) wins.
  event('disputed', { value: 5, position: 3, subject: 'a' }),
  event('disputed', { value: 9, position: 12, subject: 'a', receivedat: `${DAY}T09:15:04.000Z` }),
  // In UTF-16 the second sorts before the first; in UTF-8 behind it.
  event('order-1', { subject: '\uff5e', position: 4 }),
  event('order-2', { subject: '\u{1f600}', position: 5 }),
  event('quotes', { subject: `it's "quoted" \\ and /slashed/`, source: "o'brien", position: 6 }),
  event('wide', { subject: 'ÅŚ 日本', position: 7, time: `${DAY}T23:59:59.999Z` }),
  event('data', { position: 8, data: { value: 1, deep: [{ id: 'not this' }] } }),
  event('late', { receivedat: '2026-11-22T00:00:00.000Z', position: 9 }),
  markerLine(0),
  markerLine(1),
  event('other-day', { time: '2026-11-19T09:15:02.120Z' }),
  // What is no archive line.
  event('float', { value: 1.5 }),
  event('float-text', { value: '1.5' }),
  event('exponent').replace('"value":1', '"value":1e3'),
  event('huge').replace('"value":1', '"value":123456789012345678901234567890'),
  event('flag', { value: true }),
  event('nothing', { value: null }),
  event('object', { value: {} }),
  event('no-chunk', { chunk: '' }),
  event('position', { position: 'x' }),
  event('', {}),
  'not JSON',
  '',
  '[]',
  '"text"',
  'null',
  '{}',
  event('cut').slice(0, 60),
];

export const RECEIPT_LINES: readonly string[] = [
  JSON.stringify({ chunk: 'c1', hour: `${DAY}T09`, events: 12, value: 9, failed: 0 }),
  JSON.stringify({ chunk: 'c1', hour: `${DAY}T23`, events: 1, value: 1, failed: 2 }),
  JSON.stringify({ chunk: 'c2', hour: `${DAY}T09`, events: 3, value: -3, failed: 0 }),
  'not JSON',
];

export const REJECTED_LINES: readonly string[] = [
  JSON.stringify({ reason: 'day_sealed', message: 'm', rejectedAtMs: 1_700_000_000_000, line: 'x' }),
  JSON.stringify({ reason: 'json_invalid', message: 'm', rejectedAtMs: 1_700_000_000_001, line: '{' }),
];

export const ACT_LINES: readonly string[] = [
  JSON.stringify({
    sequence: 1,
    kind: 'seal',
    day: DAY,
    runNumber: 3,
    actedAt: `${DAY}T23:00:00.000Z`,
    totals: { value: 4, events: 12 },
    adjustedCounterHourCount: 1,
    isArchiveIncomplete: false,
    trust: null,
    findings: { conflict: 1 },
  }),
];

export const SNAPSHOT: readonly string[][] = [
  ['used', `${DAY}T09`, '8', '11', '8', '11'],
  ['used', `${DAY}T23`, '1', '1', '0', '0'],
  ['used', `${DAY}T23`, '0', '0', '1', '1'],
  ['used/a', `${DAY}T09`, '5', '1', '5', '1'],
  ['used/\uff5e', `${DAY}T09`, '1', '1', '1', '1'],
  ['used/\u{1f600}', `${DAY}T09`, '1', '1', '1', '1'],
  ['phantom', `${DAY}T09`, '0', '0', '-4', '2'],
];

export const CORRECTIONS: readonly string[][] = [['used', `${DAY}T09`, '-1', '1']];
export const DRIFT: readonly string[][] = [['phantom', `${DAY}T09`]];
export const JOURNAL_IDS: readonly string[][] = [[`${DAY}T09`, `${DAY}T09:15`, '0'.repeat(32)]];

/** `create table … as` of rows of texts, with columns that are the same in every row. */
export function tableOf(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  constants: Readonly<Record<string, string>>,
): string {
  const values = rows.map((row) => `(${row.map(sqlLiteral).join(', ')})`).join(', ');
  const more = Object.entries(constants).map(([column, value]) => `, ${sqlLiteral(value)} as ${column}`);
  return `create table ${name} as select ${columns.join(', ')}${more.join('')} from (values ${values}) as t (${columns.join(', ')})`;
}
