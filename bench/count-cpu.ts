import { readArchiveLines } from '../core/archive-line.js';
import { decodeChunk } from '../core/chunk.js';
import type { Bench } from './bench.js';
import { BENCH_DAY_MS, makeCounting } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { NO_STORE, portsAround } from './in-memory.js';
import { race, speedRows } from './race.js';

const EVENTS = 100_000;
const COUNTERS = 1_000;
const LANES = 64;

/** Counting without a store: what a core does for an event between the stream and the database. */
export const countCpu: Bench = {
  name: 'count-cpu',
  varies: 'nothing',
  reports: 'events per CPU second of counting from gzipped chunks, as a share of JSON.parse alone',
  run: async (io) => {
    const source = new EventSource({
      seed: 1,
      counterCount: COUNTERS,
      zipfExponent: 1,
      typeCount: 1,
      lateShare: 0,
    });
    const startMs = BENCH_DAY_MS + 3_600_000;
    const events = source.window(startMs, 60_000, EVENTS);
    const chunks = await chunksOf(events, 125);
    const texts = chunks.map(({ bytes }) => Buffer.from(linesOf(bytes)).toString());
    const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
    const speeds = await race(
      [
        {
          name: 'JSON.parse of each line, inflated before',
          run: () => lines.forEach((line) => JSON.parse(line) as unknown),
        },
        { name: 'inflate', run: () => chunks.forEach(({ bytes }) => decodeChunk(bytes)) },
        { name: 'inflate, and scan lines', run: () => chunks.forEach(({ bytes }) => scan(linesOf(bytes))) },
        {
          name: 'count: inflate, scan, hash, deduplicate, draft entries',
          run: async () => {
            const counting = makeCounting(portsAround(NO_STORE, startMs), { laneCount: LANES });
            await counting.count(chunks);
          },
        },
      ],
      EVENTS,
      io,
    );
    return [
      {
        title: `Counting without a store: ${EVENTS} events of ${COUNTERS} counters, chunks of 125`,
        head: ['what', 'events per CPU second', 'share of JSON.parse'],
        rows: speedRows(speeds),
        notes: [
          'CPU time of the whole process, garbage collection on other threads included; best of 7 rounds in turns.',
          'The share of JSON.parse is what to compare between machines.',
        ],
      },
    ];
  },
};

function linesOf(bytes: Uint8Array): Uint8Array {
  const decoded = decodeChunk(bytes);
  if ('problem' in decoded) throw new Error(decoded.problem);
  return decoded.lines;
}

const scan = (lines: Uint8Array): void =>
  readArchiveLines(lines, { onEvent: () => undefined, onBadLine: ({ message }) => fail(message) });

function fail(message: string): never {
  throw new Error(message);
}
