import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { jsonAnswer } from '../../core/http/http-answer.js';
import type { Health } from '../health.js';
import type { PrometheusMetrics } from '../prometheus-metrics.js';
import { readStats } from '../stats.js';
import type { KeyGate } from './key-gate.js';
import { addRoute } from './route.js';

export interface OperationDeps {
  readonly health: () => Promise<Health>;
  readonly metrics: PrometheusMetrics;
  readonly startedAtMs: number;
}

/** `GET /v1/health`, `GET /v1/stats`, `GET /metrics`, `GET /v1/openapi.json`. Health and the description are for anybody. */
export function addOperationRoutes(
  app: FastifyInstance,
  gate: KeyGate,
  { health, metrics, startedAtMs }: OperationDeps,
): void {
  const openApi = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/health',
    handle: async () => jsonAnswer(200, await health()),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/stats',
    scope: 'read',
    handle: async () => jsonAnswer(200, await readStats(await health(), metrics, startedAtMs)),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/metrics',
    scope: 'read',
    handle: async () => ({
      status: 200,
      headers: { 'content-type': metrics.mediaType },
      body: await metrics.text(await health()),
    }),
  });
  addRoute(app, gate, {
    method: 'GET',
    url: '/v1/openapi.json',
    handle: async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: openApi }),
  });
}
