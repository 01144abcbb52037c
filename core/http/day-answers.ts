/** `GET /v1/days`, `GET /v1/days/{date}` and `GET /v1/counters/{type}/top`, the same over every engine. */
import { dayAnswer, daysAnswer } from '../audit/days-answer.js';
import type { AuditLedger, TopReader } from '../audit/ports.js';
import { TallyError } from '../errors.js';
import type { Clock } from '../ports.js';
import type { QueryParameters } from '../query/counter-query.js';
import type { Settings } from '../settings.js';
import { parseTypeName } from './catalog-request.js';
import { parseDay, parseDayRange, parseTopQuery } from './day-request.js';
import { jsonAnswer, type HttpAnswer } from './http-answer.js';

export interface DayPorts {
  readonly ledger: Pick<AuditLedger, 'listDays'>;
  readonly tops: TopReader;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** @throws {TallyError} `parameter_invalid`. */
export async function answerDays(ports: DayPorts, parameters: QueryParameters): Promise<HttpAnswer> {
  const days = await daysAnswer(ports, ports.settings, parseDayRange(parameters));
  return jsonAnswer(200, { days });
}

/** @throws {TallyError} `parameter_invalid`, `not_found`. */
export async function answerDay(ports: DayPorts, date: string): Promise<HttpAnswer> {
  const day = parseDay('date', date);
  const answer = await dayAnswer(ports, ports.settings, day);
  if (answer === null) throw new TallyError('not_found', `no event of ${day} was ever counted`);
  return jsonAnswer(200, answer);
}

/** @throws {TallyError} `parameter_invalid`, `not_found`. */
export async function answerTop(
  { tops }: Pick<DayPorts, 'tops'>,
  typeName: string,
  parameters: QueryParameters,
): Promise<HttpAnswer> {
  const type = parseTypeName(typeName);
  const { day, limit } = parseTopQuery(parameters);
  const subjects = await tops.readTop(type, day);
  if (subjects === null)
    throw new TallyError('not_found', `${day} is not sealed; the top subjects are found when it is`);
  return jsonAnswer(200, { type, day, subjects: subjects.slice(0, limit) });
}
