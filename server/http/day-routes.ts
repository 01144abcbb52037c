import type { FastifyInstance } from 'fastify';
import { dayAnswer, daysAnswer } from '../../core/audit/days-answer.js';
import type { AuditLedger, TopReader } from '../../core/audit/ports.js';
import { TallyError } from '../../core/errors.js';
import { parseTypeName } from '../../core/http/catalog-request.js';
import { parseDay, parseDayRange, parseTopQuery } from '../../core/http/day-request.js';
import { jsonAnswer } from '../../core/http/http-answer.js';
import type { Clock } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import type { KeyGate } from './key-gate.js';
import { parametersOf, typeOf } from './parameters.js';
import { addRoute } from './route.js';

export interface DayDeps {
  readonly ledger: Pick<AuditLedger, 'listDays'>;
  readonly tops: TopReader;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** `GET /v1/days`, `GET /v1/days/{date}`, `GET /v1/counters/{type}/top`. */
export function addDayRoutes(app: FastifyInstance, gate: KeyGate, deps: DayDeps): void {
  const { tops, settings } = deps;
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/days',
    scope: 'read',
    handle: async (request) =>
      jsonAnswer(200, { days: await daysAnswer(deps, settings, parseDayRange(parametersOf(request))) }),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/days/:date',
    scope: 'read',
    handle: async ({ params }) => {
      const day = parseDay('date', (params as { readonly date: string }).date);
      const answer = await dayAnswer(deps, settings, day);
      if (answer === null) throw new TallyError('not_found', `no event of ${day} was ever counted`);
      return jsonAnswer(200, answer);
    },
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/counters/:type/top',
    scope: 'read',
    handle: async (request) => {
      const type = parseTypeName(typeOf(request));
      const { day, limit } = parseTopQuery(parametersOf(request));
      const subjects = await tops.readTop(type, day);
      if (subjects === null)
        throw new TallyError('not_found', `${day} is not sealed; the top subjects are found when it is`);
      return jsonAnswer(200, { type, day, subjects: subjects.slice(0, limit) });
    },
  });
}
