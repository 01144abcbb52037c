import { decodeRequest } from '../core/decode-request.js';
import { makeIngest } from '../core/ingest.js';
import type { Bench } from './bench.js';
import { BENCH_DAY_MS, settingsOf } from './counting.js';
import { eventJson, EventSource } from './events.js';
import { race, speedRows } from './race.js';

const EVENTS = 50_000;
const PER_REQUEST = 500;
const LANES = 64;
const HEADERS = { 'content-type': 'application/json' };

/** Ingest without a stream: what a core does for an event between the socket and the stream. */
export const ingestCpu: Bench = {
  name: 'ingest-cpu',
  varies: 'stripes, 1 and 4',
  reports:
    'events per CPU second of decoding, checking, stamping and gzipping, as a share of JSON.parse alone',
  run: async (io) => {
    const source = new EventSource({
      seed: 2,
      counterCount: 1_000,
      zipfExponent: 1,
      typeCount: 1,
      lateShare: 0,
    });
    const nowMs = BENCH_DAY_MS + 3_600_000;
    const jsons = source.window(nowMs - 60_000, 60_000, EVENTS).map(eventJson);
    const bodies: Buffer[] = [];
    for (let start = 0; start < EVENTS; start += PER_REQUEST) {
      bodies.push(Buffer.from(`[${jsons.slice(start, start + PER_REQUEST).join(',')}]`));
    }
    const ingestOn = (stripeCount: number) => async (): Promise<void> => {
      const ingest = makeIngest({
        stream: { put: () => Promise.resolve() },
        clock: { nowMs: () => nowMs },
        days: { sealedThrough: () => Promise.resolve(null) },
        settings: settingsOf(LANES),
        metrics: { add: () => undefined },
        makeChunkId: () => 'b7c2a9d0-6e2f-4c55-9a41-000000000000',
        stripeCount,
      });
      for (const body of bodies) await ingest(decodeRequest(HEADERS, body));
    };
    const speeds = await race(
      [
        { name: 'JSON.parse of each event', run: () => jsons.forEach((json) => JSON.parse(json) as unknown) },
        { name: 'decode the request', run: () => bodies.forEach((body) => decodeRequest(HEADERS, body)) },
        { name: 'ingest, 1 stripe', run: ingestOn(1) },
        { name: 'ingest, 4 stripes', run: ingestOn(4) },
      ],
      EVENTS,
      io,
    );
    return [
      {
        title: `Ingest without a stream: ${EVENTS} events in requests of ${PER_REQUEST}`,
        head: ['what', 'events per CPU second', 'share of JSON.parse'],
        rows: speedRows(speeds),
        notes: ['CPU time of the whole process: gzip and garbage collection are counted.'],
      },
    ];
  },
};
