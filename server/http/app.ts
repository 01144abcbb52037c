/** The HTTP server: its limits, its errors, its routes. */
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import {
  STATUS_CODES,
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { Socket } from 'node:net';
import { TallyError } from '../../core/errors.js';
import type { HttpAnswer } from '../../core/http/http-answer.js';
import { problemAnswer } from '../../core/http/problem-answer.js';
import { SECOND_MS } from '../../core/time.js';
import { addCatalogRoutes, type CatalogDeps } from './catalog-routes.js';
import { addConsoleRoutes } from './console-routes.js';
import { addCounterRoute, type CounterDeps } from './counter-route.js';
import { addDayRoutes, type DayDeps } from './day-routes.js';
import { makeEventsListener, type EventsDeps, type EventsListener } from './events-listener.js';
import { addEventsRoute, isEventsRequest } from './events-route.js';
import type { KeyGate } from './key-gate.js';
import { addOperationRoutes, type OperationDeps } from './operation-routes.js';
import { send } from './route.js';

export interface AppOptions {
  readonly gate: KeyGate;
  readonly deps: EventsDeps & CounterDeps & CatalogDeps & DayDeps & OperationDeps;
  readonly timeouts?: Timeouts;
}

/** How long a client may take: for its headers, for its whole request, and between requests. */
export interface Timeouts {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often connections are looked at. */
  readonly checkMs: number;
}

const TIMEOUTS: Timeouts = {
  headersMs: 10 * SECOND_MS,
  requestMs: 60 * SECOND_MS,
  idleMs: 75 * SECOND_MS,
  checkMs: 5 * SECOND_MS,
};

/** A type is up to 128 characters, and each may come percent-encoded. */
const PARAMETER_LENGTH_MAX = 3 * 128;

export function makeApp({ gate, deps, timeouts = TIMEOUTS }: AppOptions): FastifyInstance {
  const takeEvents = makeEventsListener(gate, deps, (error, request) => answerOf(error, request, app.log));
  const app: FastifyInstance = fastify({
    // Errors only, and no bodies or headers: they hold data and keys.
    logger: {
      level: 'warn',
      stream: process.stderr,
      serializers: { req: ({ method, url }: FastifyRequest) => ({ method, url }) },
    },
    serverFactory: (framework) => makeServer(timeouts, framework, takeEvents),
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    // While stopping, what still comes in on open connections is answered as ever.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.decorateRequest('key', null);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(({ method, url }) => {
    throw new TallyError(
      'not_found',
      `there is no ${method} ${pathOf(url)}; GET /v1/openapi.json describes what there is`,
    );
  });
  addEventsRoute(app, takeEvents);
  addCounterRoute(app, gate, deps);
  addCatalogRoutes(app, gate, deps);
  addDayRoutes(app, gate, deps);
  addOperationRoutes(app, gate, deps);
  addConsoleRoutes(app);
  return app;
}

function makeServer(timeouts: Timeouts, framework: RequestListener, takeEvents: EventsListener): Server {
  const options = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
  };
  const server = createServer(options, (request, response) => {
    // While it stops, the framework says to each connection that this was its last request.
    if (server.listening && isEventsRequest(request)) takeEvents(request, response);
    else framework(request, response);
  });
  return server;
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return send(reply, answerOf(error, request.raw, request.log));
}

/** What a request that failed is answered. What is no refusal is logged. */
function answerOf(error: unknown, { method, url }: IncomingMessage, log: FastifyBaseLogger): HttpAnswer {
  const known = error instanceof TallyError ? error : fromFastify(error as FastifyError);
  // A full backlog is no failure, and says so thousands of times.
  if (known === undefined || known.code === 'stream_unavailable')
    log.error({ err: error, req: { method, url } });
  const isUnauthorized = known?.code === 'unauthorized';
  return problemAnswer(known ?? error, isUnauthorized ? { 'www-authenticate': 'Bearer realm="tally"' } : {});
}

/** What the framework refuses, in our words. `undefined`: it is no refusal, it is a failure. */
function fromFastify({ code, message, statusCode }: FastifyError): TallyError | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new TallyError('body_too_large', BODY_TOO_LARGE);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new TallyError('content_type_unsupported', message);
  if (code === 'FST_ERR_BAD_URL')
    return new TallyError('parameter_invalid', `${message}; percent-encode it as UTF-8`);
  const isRefusal = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  return isRefusal ? new TallyError('body_unreadable', message) : undefined;
}

const BODY_TOO_LARGE = 'the body is larger than is accepted here; send it in several requests';

const STATUS_BY_CLIENT_ERROR: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What never became a request: there is nothing to route, so the socket is answered. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CLIENT_ERROR[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ title, status, detail: 'the request could not be read as HTTP/1.1' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
