/** What can be asked of a counter, and the validation of a question that came as text. */
import { TallyError, shown } from '../errors.js';
import { SUBJECT_BYTES_MAX } from '../limits.js';
import type { Consistency } from '../ports.js';
import { isTypeName } from '../type-name.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant, floorTo, parseInstant } from '../time.js';

export const GRANULARITY_MS = { PT1M: MINUTE_MS, PT1H: HOUR_MS, P1D: DAY_MS } as const;
export type Granularity = keyof typeof GRANULARITY_MS;

export const ROWS_DEFAULT = 1_000;
export const ROWS_MAX = 10_000;

export interface CounterQuery {
  readonly type: string;
  /** Empty: the type's own counter. */
  readonly subject: string;
  /** Half-open; whole minutes, and whole units of the granularity. Absent: from the first event, to the last. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Absent: the total only. */
  readonly granularity?: Granularity;
  readonly consistency: Consistency;
  readonly limit: number;
  /** Rows from this instant on: where the page before ended. */
  readonly cursorMs?: number;
}

/** A question as a URL carries it. */
export type QueryParameters = Readonly<Partial<Record<string, string>>>;

const PARAMETERS = ['subject', 'from', 'to', 'granularity', 'consistency', 'limit', 'cursor'] as const;
const CONSISTENCIES: readonly Consistency[] = ['eventual', 'strong'];

/**
 * Validate a question about a counter.
 *
 * @throws {TallyError} `parameter_invalid`, naming the parameter, what it was and what it may be.
 */
export function parseCounterQuery(type: string, parameters: QueryParameters): CounterQuery {
  checkNames(parameters, PARAMETERS);
  if (!isTypeName(type))
    throw invalid('type', type, 'a letter or digit, then up to 127 of A-Z a-z 0-9 . _ : -');
  const granularity = oneOf(
    'granularity',
    parameters['granularity'],
    Object.keys(GRANULARITY_MS) as Granularity[],
  );
  const unitMs = granularity === undefined ? MINUTE_MS : GRANULARITY_MS[granularity];
  const query = {
    type,
    subject: subjectOf(parameters['subject']),
    ...present('fromMs', instantOf('from', parameters['from'], unitMs)),
    ...present('toMs', instantOf('to', parameters['to'], unitMs)),
    ...present('granularity', granularity),
    consistency: oneOf('consistency', parameters['consistency'], CONSISTENCIES) ?? 'eventual',
    limit: limitOf(parameters['limit']),
    ...present('cursorMs', instantOf('cursor', parameters['cursor'], unitMs)),
  };
  if (query.fromMs !== undefined && query.toMs !== undefined && query.fromMs > query.toMs) {
    throw invalid('to', parameters['to'], `an instant not before from (${formatInstant(query.fromMs)})`);
  }
  return query;
}

/** Refuse parameters nobody knows: a mistyped `form=` would else answer another question, and look right. */
export function checkNames(parameters: QueryParameters, known: readonly string[]): void {
  const unknown = Object.keys(parameters).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TallyError(
      'parameter_invalid',
      `there is no parameter ${shown(unknown)}; accepted: ${known.join(', ')}`,
    );
  }
}

const invalid = (name: string, got: unknown, accepted: string): TallyError =>
  new TallyError('parameter_invalid', `${name} is ${shown(got)}; accepted: ${accepted}`);

const present = <K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { [key in K]: V });

function oneOf<T extends string>(
  name: string,
  got: string | undefined,
  accepted: readonly T[],
): T | undefined {
  if (got === undefined) return undefined;
  const found = accepted.find((value) => value === got);
  if (found === undefined) throw invalid(name, got, accepted.join(', '));
  return found;
}

function subjectOf(got: string | undefined): string {
  if (got !== undefined && (got === '' || Buffer.byteLength(got) > SUBJECT_BYTES_MAX)) {
    throw invalid(
      'subject',
      got,
      `1 to ${SUBJECT_BYTES_MAX} bytes of UTF-8; leave it out for the type's own counter`,
    );
  }
  return got ?? '';
}

/** A whole number of a page's rows. */
export function limitOf(got: string | undefined): number {
  if (got === undefined) return ROWS_DEFAULT;
  const limit = /^\d{1,6}$/.test(got) ? Number(got) : 0;
  if (limit < 1 || limit > ROWS_MAX) throw invalid('limit', got, `1 to ${ROWS_MAX}`);
  return limit;
}

const A_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** An RFC 3339 instant on a boundary of the unit, or a day (its first instant). */
function instantOf(name: string, got: string | undefined, unitMs: number): number | undefined {
  if (got === undefined) return undefined;
  const ms = parseInstant(A_DAY.test(got) ? `${got}T00:00:00Z` : got);
  if (ms === undefined)
    throw invalid(name, got, 'RFC 3339, such as 2026-11-21T09:15:00Z, or a day, such as 2026-11-21');
  if (ms % unitMs === 0) return ms;
  const nearest = formatInstant(floorTo(ms, unitMs));
  throw invalid(name, got, `a whole ${UNIT_NAMES[unitMs] ?? 'unit'} in UTC, such as ${nearest}`);
}

const UNIT_NAMES: Readonly<Record<number, string>> = {
  [MINUTE_MS]: 'minute',
  [HOUR_MS]: 'hour',
  [DAY_MS]: 'day',
};
