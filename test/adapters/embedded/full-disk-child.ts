/**
 * A process whose files may not grow beyond a limit (set by the shell that starts it): puts chunks, several at
 * a time, until one is refused. Prints what happened as one line of JSON.
 *
 *     full-disk-child.ts <data directory>
 */
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { openStreamData } from '../../../adapters/embedded/open-data.js';

const CHUNK_BYTES = 100_000;
const PUTS_AT_ONCE = 3;
const ROUNDS_MAX = 200;

const data = openStreamData(process.argv[2] ?? '');
const stream = new LmdbStream(data);
const put = () =>
  stream.put([
    {
      chunkId: 'c',
      stripe: 0,
      receivedAtMs: 1,
      bytes: Buffer.alloc(CHUNK_BYTES),
      eventCount: 1,
      valueSum: 1,
    },
  ]);

let acknowledgedCount = 0;
const errors: string[] = [];
for (let round = 0; round < ROUNDS_MAX && errors.length === 0; round += 1) {
  for (const outcome of await Promise.allSettled(Array.from({ length: PUTS_AT_ONCE }, put))) {
    if (outcome.status === 'fulfilled') acknowledgedCount += 1;
    else errors.push((outcome.reason as { code?: string }).code ?? String(outcome.reason));
  }
}
const headWhenFull = await stream.head();
const readCount = (await stream.readAfter(0, { bytesMax: Number.MAX_SAFE_INTEGER })).length;
await data.environment.close();
process.stdout.write(`${JSON.stringify({ acknowledgedCount, errors, headWhenFull, readCount })}\n`);
