import type { FastifyInstance } from 'fastify';
import { jsonAnswer } from '../../core/http/http-answer.js';
import { parseCounterQuery } from '../../core/query/counter-query.js';
import { queryCounter, type QueryPorts } from '../../core/query/query-counter.js';
import type { KeyGate } from './key-gate.js';
import { parametersOf, typeOf } from './parameters.js';
import { addRoute } from './route.js';

export interface CounterDeps {
  readonly query: QueryPorts;
}

/** `GET /v1/counters/{type}`. */
export function addCounterRoute(app: FastifyInstance, gate: KeyGate, { query }: CounterDeps): void {
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/counters/:type',
    scope: 'read',
    handle: async (request) =>
      jsonAnswer(200, await queryCounter(query, parseCounterQuery(typeOf(request), parametersOf(request)))),
  });
}
