import {
  counterHourTotalsOf,
  idComparisonOf,
  lineTotalsOf,
  rankedSubjectsOf,
  receiptCheckOf,
  reconciliationOf,
  type ResultRow,
} from '../../../core/audit/result-rows.js';
import { collect } from '../../support/collect.js';

const HOUR = '2026-11-20T09';

async function* streamed(rows: readonly ResultRow[]): AsyncIterable<ResultRow> {
  yield* rows;
}

const total = (value: unknown, events: unknown): ResultRow => ({ is_totals: 1, value, events });
const hour = (counter: string, value: unknown, events: unknown): ResultRow => ({
  is_totals: 0,
  counter,
  event_hour: HOUR,
  value,
  events,
});

it.each<[string, () => unknown]>([
  ['lines', () => lineTotalsOf([])],
  ['reconcile', () => reconciliationOf([])],
  ['receipts', () => receiptCheckOf([])],
  ['ids', () => idComparisonOf([], [HOUR])],
  ['totals', () => collect(counterHourTotalsOf(streamed([])))],
  ['totals, with its rows', () => collect(counterHourTotalsOf(streamed([hour('used', 1, 1)])))],
  ['top', () => collect(rankedSubjectsOf(streamed([])))],
])('takes no answer without its totals row for a truth: %s', async (_, parse) => {
  await expect(async () => parse()).rejects.toMatchObject({
    code: 'audit_failed',
    message: expect.stringContaining('without its totals row') as string,
  });
});

it('finds totals of which rows are missing', async () => {
  const whole = [total(3, 2), hour('a', 1, 1), hour('b', 2, 1)];
  expect(await collect(counterHourTotalsOf(streamed(whole)))).toHaveLength(2);
  await expect(collect(counterHourTotalsOf(streamed(whole.slice(0, 2))))).rejects.toThrow('rows are missing');
});

it('finds an hour of ids that is missing', () => {
  const row = (kind: string, missing: number): ResultRow => ({
    kind,
    event_hour: HOUR,
    missing_events: missing,
    extra_count: 0,
  });
  expect(idComparisonOf([row('totals', 2), row('hour', 2)], [HOUR]).hours).toEqual([
    { hour: HOUR, missingCount: 2, extraCount: 0 },
  ]);
  expect(() => idComparisonOf([row('totals', 2)], [HOUR])).toThrow('rows are missing');
  expect(() => idComparisonOf([row('totals', 2), row('hour', 2)], ['2026-11-20T10'])).toThrow(
    'rows are missing',
  );
});

it.each<[unknown, number]>([
  [-7, -7],
  [-7n, -7],
  ['-7', -7],
  ['9007199254740991', 2 ** 53 - 1],
])('reads an integer, however an engine has it: %p', async (value, expected) => {
  const [row] = await collect(counterHourTotalsOf(streamed([total(value, 1), hour('a', value, 1)])));
  expect(row?.sum.value).toBe(expected);
});

it.each([1.5, '1.5', '1e3', '', ' 1', '0x1', null, undefined, true, '9007199254740993', 2n ** 53n])(
  'refuses what is no exact integer: %p',
  async (value) => {
    await expect(collect(counterHourTotalsOf(streamed([total(value, 1)])))).rejects.toMatchObject({
      code: 'audit_failed',
    });
  },
);
