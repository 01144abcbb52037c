/** Questions about days, as HTTP brings them. */
import { TOP_SUBJECTS_MAX } from '../audit/seal-day.js';
import { dayBefore } from '../audit/reconciler.js';
import { TallyError, shown } from '../errors.js';
import { checkNames, type QueryParameters } from '../query/counter-query.js';
import { parseInstant, type Day } from '../time.js';

const invalid = (what: string, got: unknown, accepted: string): TallyError =>
  new TallyError('parameter_invalid', `${what} is ${shown(got)}; accepted: ${accepted}`);

/** @throws {TallyError} `parameter_invalid`. */
export function parseDay(name: string, text: string | undefined): Day {
  const isDay = text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (isDay && parseInstant(`${text}T00:00:00Z`) !== undefined) return text;
  throw invalid(name, text, 'a day, such as 2026-11-21');
}

/** From `from` on, and before `to`: as inclusive bounds. @throws {TallyError} `parameter_invalid`. */
export function parseDayRange(parameters: QueryParameters): { fromDay?: Day; toDay?: Day } {
  checkNames(parameters, ['from', 'to']);
  const { from, to } = parameters as { from?: string; to?: string };
  return {
    ...(from === undefined ? {} : { fromDay: parseDay('from', from) }),
    ...(to === undefined ? {} : { toDay: dayBefore(parseDay('to', to)) }),
  };
}

const TOP_DEFAULT = 10;

/** @throws {TallyError} `parameter_invalid`. */
export function parseTopQuery(parameters: QueryParameters): { day: Day; limit: number } {
  checkNames(parameters, ['day', 'limit']);
  const { day, limit = String(TOP_DEFAULT) } = parameters as { day?: string; limit?: string };
  const count = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > TOP_SUBJECTS_MAX) throw invalid('limit', limit, `1 to ${TOP_SUBJECTS_MAX}`);
  return { day: parseDay('day', day), limit: count };
}
