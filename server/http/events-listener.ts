/**
 * `POST /v1/events` on Node's own HTTP.
 *
 * Everything else goes through the framework. It would take a tenth of what a usual request costs the thread that ingests
 * (docs/decisions/hot-path.md).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeRequest } from '../../core/decode-request.js';
import type { HttpAnswer } from '../../core/http/http-answer.js';
import { ingestAnswer } from '../../core/http/ingest-answer.js';
import type { Ingest } from '../../core/ingest.js';
import type { KeyRecord } from '../../core/keys.js';
import { REQUEST_BYTES_MAX } from '../../core/limits.js';
import { BodyBudget } from './body-budget.js';
import { BodyRooms } from './body-rooms.js';
import type { KeyGate } from './key-gate.js';
import { readBody } from './read-body.js';

export interface EventsDeps {
  readonly ingest: Ingest;
  /** @default as much as `BODIES_BYTES_MAX` */
  readonly bodyBudget?: BodyBudget;
}

export type EventsListener = (request: IncomingMessage, response: ServerResponse) => void;

/** @param answerOf what a request that failed is answered. */
export function makeEventsListener(
  gate: KeyGate,
  { ingest, bodyBudget = new BodyBudget() }: EventsDeps,
  answerOf: (error: unknown, request: IncomingMessage) => HttpAnswer,
): EventsListener {
  const rooms = new BodyRooms();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<HttpAnswer> => {
    // Before the body is read: who may not send must not cost memory.
    const key = await gate.admit(request.headers.authorization, 'ingest');
    bodyBudget.book(request, response, REQUEST_BYTES_MAX);
    const body = await readBody(request, REQUEST_BYTES_MAX, rooms);
    const answer = await take(request, key, body);
    // Not if it failed: who knows who still looks at it.
    rooms.release(body);
    return answer;
  };

  // Items are passed on, not kept: what waits for the disk must not hold on to them.
  const take = ({ headers }: IncomingMessage, key: KeyRecord | null, body: Buffer): Promise<HttpAnswer> => {
    const pattern = key?.sourcePattern;
    const options = pattern === undefined ? {} : { allowedSourcePattern: pattern };
    return ingest(decodeRequest(headers, body), options).then(ingestAnswer);
  };

  return (request, response) => {
    handle(request, response).then(
      (answer) => {
        send(response, answer);
      },
      (error: unknown) => {
        // Of a client that has left there is nothing to say, and nobody to say it to.
        if (!request.destroyed || request.complete) send(response, answerOf(error, request));
      },
    );
  };
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
