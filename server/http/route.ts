import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TallyError } from '../../core/errors.js';
import type { HttpAnswer } from '../../core/http/http-answer.js';
import type { KeyRecord, Scope } from '../../core/keys.js';
import type { KeyGate } from './key-gate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the request came with; `null`: none is needed. */
    key: KeyRecord | null;
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  /** Absent: anybody may ask. */
  readonly scope?: Scope;
  /** In bytes, as sent. */
  readonly bodyLimit?: number;
  readonly handle: (request: FastifyRequest) => Promise<HttpAnswer>;
}

/** Add a route. Any other method at its address is answered 405. A GET answers HEAD, too. */
export function addRoute(app: FastifyInstance, gate: KeyGate, route: Route): void {
  const { method, url, scope, handle } = route;
  app.route({
    method,
    url,
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    // Before the body is read: who may not send must not cost memory.
    onRequest: async (request) => {
      request.key = scope === undefined ? null : await gate.admit(request.headers.authorization, scope);
    },
    handler: async (request, reply) => send(reply, await handle(request)),
  });
  refuseOtherMethods(app, url, method === 'GET' ? ['GET', 'HEAD'] : [method]);
}

/** Answer 405 to any method that an address does not have. */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  app.route({
    method: METHODS.filter((other) => !allowed.includes(other)),
    url,
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      throw new TallyError(
        'method_not_allowed',
        `${request.method} is not possible here; accepted: ${allowed.join(', ')}`,
      );
    },
    handler: () => undefined,
  });
}

export const send = (reply: FastifyReply, answer: HttpAnswer): FastifyReply =>
  reply.code(answer.status).headers(answer.headers).send(answer.body);
