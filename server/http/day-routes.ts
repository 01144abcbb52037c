import type { FastifyInstance } from 'fastify';
import { answerDay, answerDays, answerTop, type DayPorts } from '../../core/http/day-answers.js';
import type { KeyGate } from './key-gate.js';
import { parametersOf, typeOf } from './parameters.js';
import { addRoute } from './route.js';

export type DayDeps = DayPorts;

/** `GET /v1/days`, `GET /v1/days/{date}`, `GET /v1/counters/{type}/top`. */
export function addDayRoutes(app: FastifyInstance, gate: KeyGate, deps: DayDeps): void {
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/days',
    scope: 'read',
    handle: (request) => answerDays(deps, parametersOf(request)),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/days/:date',
    scope: 'read',
    handle: ({ params }) => answerDay(deps, (params as { readonly date: string }).date),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/counters/:type/top',
    scope: 'read',
    handle: (request) => answerTop(deps, typeOf(request), parametersOf(request)),
  });
}
