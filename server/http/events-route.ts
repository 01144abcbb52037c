import type { FastifyInstance } from 'fastify';
import { decodeRequest } from '../../core/decode-request.js';
import { ingestAnswer } from '../../core/http/ingest-answer.js';
import type { Ingest } from '../../core/ingest.js';
import { REQUEST_BYTES_MAX } from '../../core/limits.js';
import { BodyBudget } from './body-budget.js';
import type { KeyGate } from './key-gate.js';
import { addRoute } from './route.js';

export interface EventsDeps {
  readonly ingest: Ingest;
  /** @default as much as `BODIES_BYTES_MAX` */
  readonly bodyBudget?: BodyBudget;
}

const NOTHING = new Uint8Array();

/** `POST /v1/events`. */
export function addEventsRoute(app: FastifyInstance, gate: KeyGate, deps: EventsDeps): void {
  const { ingest, bodyBudget = new BodyBudget() } = deps;
  addRoute(app, gate, {
    method: 'POST',
    url: '/v1/events',
    scope: 'ingest',
    bodyLimit: REQUEST_BYTES_MAX,
    beforeBody: (request, reply) => {
      bodyBudget.book(request, reply, REQUEST_BYTES_MAX);
    },
    handle: async ({ headers, body, key }) => {
      const pattern = key?.sourcePattern;
      const options = pattern === undefined ? {} : { allowedSourcePattern: pattern };
      // Items are passed on, not kept: what waits for the disk must not hold on to them.
      return ingest(decodeRequest(headers, (body as Uint8Array | undefined) ?? NOTHING), options).then(
        ingestAnswer,
      );
    },
  });
}
