import { chunkBytesOf } from '../core/cost/batching.js';
import type { Bench } from './bench.js';
import { BENCH_DAY_MS } from './counting.js';
import { chunksOf, eventJson, EventSource } from './events.js';

const SIZES = [1, 2, 5, 10, 25, 50, 125, 500];
const CHUNKS = 40;

/** How large chunks are: what the cost model's sizes stand on. */
export const chunkBytes: Bench = {
  name: 'chunk-bytes',
  varies: 'events per chunk, 1 to 500',
  reports: 'bytes of a chunk and per event, beside what the cost model reckons with',
  run: async () => {
    const source = new EventSource({
      seed: 3,
      counterCount: 100_000,
      zipfExponent: 1,
      typeCount: 1,
      lateShare: 0,
    });
    const rows: number[][] = [];
    for (const size of SIZES) {
      const events = source.window(BENCH_DAY_MS, 1_000, size * CHUNKS);
      const sentBytes = events.reduce((sum, event) => sum + eventJson(event).length, 0) / events.length;
      const chunks = await chunksOf(events, size);
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0) / CHUNKS;
      const reckoned = chunkBytesOf(size, sentBytes);
      rows.push([size, ...[sentBytes, bytes, bytes / size, reckoned].map(Math.round)]);
    }
    return [
      {
        title: 'Chunks: gzip, level 1, of archive lines with random ids',
        head: ['events', 'bytes of an event as sent', 'bytes of the chunk', 'per event', 'reckoned'],
        rows,
        notes: [],
      },
    ];
  },
};
