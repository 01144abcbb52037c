import type { FastifyInstance } from 'fastify';
import { decodeRequest } from '../../core/decode-request.js';
import { ingestAnswer } from '../../core/http/ingest-answer.js';
import type { Ingest } from '../../core/ingest.js';
import { REQUEST_BYTES_MAX } from '../../core/limits.js';
import type { KeyGate } from './key-gate.js';
import { addRoute } from './route.js';

export interface EventsDeps {
  readonly ingest: Ingest;
}

const NOTHING = new Uint8Array();

/** `POST /v1/events`. */
export function addEventsRoute(app: FastifyInstance, gate: KeyGate, { ingest }: EventsDeps): void {
  addRoute(app, gate, {
    method: 'POST',
    url: '/v1/events',
    scope: 'ingest',
    bodyLimit: REQUEST_BYTES_MAX,
    handle: async ({ headers, body, key }) => {
      const items = decodeRequest(headers, (body as Uint8Array | undefined) ?? NOTHING);
      const pattern = key?.sourcePattern;
      return ingestAnswer(
        await ingest(items, pattern === undefined ? {} : { allowedSourcePattern: pattern }),
      );
    },
  });
}
