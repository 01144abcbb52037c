import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { EventsListener } from './events-listener.js';
import { refuseOtherMethods } from './route.js';

const PATH = '/v1/events';

/** What the listener takes without asking the framework. */
export const isEventsRequest = ({ method, url }: IncomingMessage): boolean =>
  method === 'POST' && url === PATH;

/** `POST /v1/events` however it is written, with a query for example; and what is answered to other methods. */
export function addEventsRoute(app: FastifyInstance, listener: EventsListener): void {
  app.route({
    method: 'POST',
    url: PATH,
    onRequest: async (request, reply) => {
      reply.hijack();
      listener(request.raw, reply.raw);
    },
    handler: () => undefined,
  });
  refuseOtherMethods(app, PATH, ['POST']);
}
