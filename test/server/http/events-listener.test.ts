import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonAnswer } from '../../../core/http/http-answer.js';
import type { Ingest } from '../../../core/ingest.js';
import { makeEventsListener } from '../../../server/http/events-listener.js';
import { KeyGate } from '../../../server/http/key-gate.js';
import { eventOfNow } from '../a-server.js';

/** Enough for bodies that get rooms. */
const EVENTS_PER_REQUEST = 500;
const REQUESTS_AT_ONCE = 6;
const ROUNDS = 4;

const OPEN_GATE = new KeyGate(
  { find: async () => null, list: async () => [], create: async () => false, revoke: async () => false },
  true,
);

let server: Server;
afterEach(() => void server.close());

/** Looks at events only when all requests of a round are there, as an ingest that had to wait would. */
function ingestOfRounds(idsByRequest: string[][]): Ingest {
  let waiting: (() => void)[] = [];
  return async (items) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < REQUESTS_AT_ONCE) return;
      for (const each of waiting) each();
      waiting = [];
    });
    idsByRequest.push(items.map((item) => ('event' in item ? item.event.id : 'none')));
    return { accepted: items.length, rejected: [] };
  };
}

async function listen(ingest: Ingest): Promise<string> {
  const listener = makeEventsListener(OPEN_GATE, { ingest }, () => jsonAnswer(500, {}));
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('reads each body’s events from that body, until it has answered', async () => {
  const idsByRequest: string[][] = [];
  const url = await listen(ingestOfRounds(idsByRequest));
  const sent: string[][] = [];
  const headers = { 'content-type': 'application/cloudevents-batch+json', connection: 'close' };
  for (let round = 0; round < ROUNDS; round++) {
    const requests = Array.from({ length: REQUESTS_AT_ONCE }, (_, at) => {
      const ids = Array.from({ length: EVENTS_PER_REQUEST }, (_, event) => `${round}/${at}/${event}`);
      sent.push(ids);
      const body = JSON.stringify(ids.map((id) => eventOfNow({ id })));
      return fetch(url, { method: 'POST', headers, body });
    });
    for (const response of await Promise.all(requests)) expect(response.status).toBe(202);
  }
  expect(idsByRequest.map((ids) => ids.join()).sort()).toEqual(sent.map((ids) => ids.join()).sort());
});
