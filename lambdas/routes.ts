import type { Scope } from '../core/keys.js';

/** Every route of the HTTP API with the scope it wants, as API Gateway writes route keys; `null`: open to anybody. */
export const SCOPE_BY_ROUTE = {
  'POST /v1/events': 'ingest',
  'GET /v1/counters': 'read',
  'GET /v1/counters/{type}': 'read',
  'GET /v1/counters/{type}/top': 'read',
  'GET /v1/days': 'read',
  'GET /v1/days/{date}': 'read',
  'PUT /v1/catalog/{type}': 'admin',
  'GET /v1/health': null,
} as const satisfies Record<string, Scope | null>;

export type RouteKey = keyof typeof SCOPE_BY_ROUTE;

export const isRouteKey = (routeKey: string): routeKey is RouteKey => Object.hasOwn(SCOPE_BY_ROUTE, routeKey);
