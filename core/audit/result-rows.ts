/** What SQL answered, row by row, as the reconciler's answers. The same for every engine; whatever is not whole is an error. */
import { TallyError } from '../errors.js';
import type { Sum } from '../query/sums.js';
import type {
  ChunkHour,
  ComparedMinute,
  CounterHourTotal,
  HourName,
  IdComparison,
  LineTotals,
  RankedSubject,
  ReceiptCheck,
  ReconciledHour,
  Reconciliation,
} from './reconciler.js';

/** A row by its columns. Integers are a number, a bigint or their decimal digits, as the engine has them. */
export type ResultRow = Readonly<Record<string, unknown>>;

export function lineTotalsOf(rows: readonly ResultRow[]): LineTotals {
  const totals = rows.find((row) => integer(row, 'stripe') === -1);
  if (totals === undefined) throw noTotals('lines');
  return {
    lineCount: integer(totals, 'line_count'),
    eventLineCount: integer(totals, 'event_line_count'),
    badLineCount: integer(totals, 'bad_line_count'),
    markedStripes: rows.map((row) => integer(row, 'stripe')).filter((stripe) => stripe >= 0),
  };
}

export function reconciliationOf(rows: readonly ResultRow[]): Reconciliation {
  const { totals, others } = splitTotals('reconcile', rows);
  return {
    totals: { ...reconciledHour(totals), counterHourCount: integer(totals, 'counter_hour_count') },
    drift: others.map(reconciledHour),
  };
}

export function receiptCheckOf(rows: readonly ResultRow[]): ReceiptCheck {
  const { totals, others } = splitTotals('receipts', rows);
  return {
    totals: {
      receipted: sum(totals, 'receipted'),
      archived: sum(totals, 'archived'),
      unwitnessedChunkCount: integer(totals, 'unwitnessed_chunk_count'),
      failedReceiptCount: integer(totals, 'failed_receipt_count'),
    },
    incomplete: others.map((row): ChunkHour => ({
      chunkId: text(row, 'chunk'),
      hour: text(row, 'event_hour'),
      receipted: sum(row, 'receipted'),
      archived: sum(row, 'archived'),
    })),
  };
}

/** @param hours those that were asked for. One that neither side has an id in has no row, and is equal on both. */
export function idComparisonOf(rows: readonly ResultRow[], hours: readonly HourName[]): IdComparison {
  const totals = rows.find((row) => row['kind'] === 'totals');
  if (totals === undefined) throw noTotals('ids');
  const countsByHour = new Map(
    rows
      .filter((row) => row['kind'] === 'hour')
      .map((row) => [text(row, 'event_hour'), differencesOf(row)] as const),
  );
  const compared = hours.map((hour) => ({
    hour,
    ...(countsByHour.get(hour) ?? { missingCount: 0, extraCount: 0 }),
  }));
  const { missingCount, extraCount } = differencesOf(totals);
  const unaccounted = {
    missing: compared.reduce((rest, each) => rest - each.missingCount, missingCount),
    extra: compared.reduce((rest, each) => rest - each.extraCount, extraCount),
  };
  if (unaccounted.missing !== 0 || unaccounted.extra !== 0) throw rowsMissing('ids', unaccounted);
  return {
    hours: compared,
    minutes: rows.filter((row) => row['kind'] === 'minute').map(comparedMinute),
  };
}

const differencesOf = (row: ResultRow): { missingCount: number; extraCount: number } => ({
  missingCount: integer(row, 'missing_events'),
  extraCount: integer(row, 'extra_count'),
});

/** The totals row comes first, and the others add up to it: one that is missing is found at the end. */
export async function* counterHourTotalsOf(rows: AsyncIterable<ResultRow>): AsyncIterable<CounterHourTotal> {
  let rest: Sum | null = null;
  for await (const row of rows) {
    if (integer(row, 'is_totals') !== 0) rest = sum(row);
    else {
      const total = { counter: text(row, 'counter'), hour: text(row, 'event_hour'), sum: sum(row) };
      if (rest === null) throw noTotals('totals');
      rest = { value: rest.value - total.sum.value, events: rest.events - total.sum.events };
      yield total;
    }
  }
  if (rest === null) throw noTotals('totals');
  if (rest.value !== 0 || rest.events !== 0) throw rowsMissing('totals', rest);
}

export async function* rankedSubjectsOf(rows: AsyncIterable<ResultRow>): AsyncIterable<RankedSubject> {
  let hasTotals = false;
  for await (const row of rows) {
    if (integer(row, 'place') === 0) hasTotals = true;
    else yield { type: text(row, 'type'), subject: text(row, 'subject'), sum: sum(row) };
  }
  if (!hasTotals) throw noTotals('top');
}

const noTotals = (name: string): TallyError =>
  new TallyError(
    'audit_failed',
    `sql/${name}.sql answered without its totals row: an empty result is no truth`,
  );

const rowsMissing = (name: string, unaccounted: object): TallyError =>
  new TallyError(
    'audit_failed',
    `sql/${name}.sql: rows are missing, ${JSON.stringify(unaccounted)} is not accounted for`,
  );

function splitTotals(
  name: string,
  rows: readonly ResultRow[],
): { totals: ResultRow; others: readonly ResultRow[] } {
  const totals = rows.find((row) => integer(row, 'is_totals') !== 0);
  if (totals === undefined) throw noTotals(name);
  return { totals, others: rows.filter((row) => row !== totals) };
}

const DIGITS = /^-?\d{1,19}$/;

/** An exact number, or an error: a rounded sum is a wrong one. */
function integer(row: ResultRow, name: string): number {
  const value = row[name];
  const isNumber = typeof value === 'bigint' || typeof value === 'number';
  const number = isNumber || (typeof value === 'string' && DIGITS.test(value)) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new TallyError('audit_failed', `column ${name} is ${String(value)}, expected an integer up to 2^53`);
}

function text(row: ResultRow, name: string): string {
  const value = row[name];
  if (typeof value === 'string') return value;
  throw new TallyError('audit_failed', `column ${name} is ${String(value)}, expected a text`);
}

/** A totals row is about no counter. */
const textOrNone = (row: ResultRow, name: string): string =>
  row[name] === null || row[name] === undefined ? '' : text(row, name);

const sum = (row: ResultRow, prefix = ''): { value: number; events: number } => ({
  value: integer(row, prefix === '' ? 'value' : `${prefix}_value`),
  events: integer(row, prefix === '' ? 'events' : `${prefix}_events`),
});

const reconciledHour = (row: ResultRow): ReconciledHour => ({
  counter: textOrNone(row, 'counter'),
  hour: textOrNone(row, 'event_hour'),
  archived: sum(row, 'archived'),
  archivedValueMin: integer(row, 'archived_value_min'),
  archivedValueMax: integer(row, 'archived_value_max'),
  journaled: sum(row, 'journaled'),
  counted: sum(row, 'counted'),
});

const comparedMinute = (row: ResultRow): ComparedMinute => ({
  counter: text(row, 'counter'),
  minute: text(row, 'event_minute'),
  archived: sum(row, 'archived'),
  archivedValueMin: integer(row, 'archived_value_min'),
  archivedValueMax: integer(row, 'archived_value_max'),
  missing: sum(row, 'missing'),
});
