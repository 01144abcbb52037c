/**
 * A process that writes to the data of the embedded engine until it is killed, or so many times: a chunk into the
 * stream, an entry into one journal that all such processes share, and its increment. After each round it prints what
 * was acknowledged, as one line of JSON.
 *
 *     writing-child.ts <data directory> <name> <rounds>
 */
import { LmdbCounters } from '../../../adapters/embedded/lmdb-counters.js';
import { LmdbJournal } from '../../../adapters/embedded/lmdb-journal.js';
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { openCountData, openStreamData } from '../../../adapters/embedded/open-data.js';

const SHARED = { lane: 1, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2037-01-01T00:00:00.000Z');
const CHUNK_BYTES = 5_000;

const [directory = '', name = '', rounds = '0'] = process.argv.slice(2);
const streamData = openStreamData(directory);
const countData = openCountData(directory);
const stream = new LmdbStream(streamData);
const journal = new LmdbJournal(countData);
const counters = new LmdbCounters(countData, { nowMs: () => 0 });

const increments = [{ counter: 'page.viewed', minutes: [{ minute: 15, value: 1, events: 1 }] }];

async function appendNext(): Promise<number> {
  for (;;) {
    const number = ((await journal.readAfter(SHARED, 0)).at(-1)?.number ?? 0) + 1;
    // As the protocol has it: the newest entry is settled before the next is appended.
    if (number > 1) await counters.apply(SHARED, number - 1, increments, EXPIRES_AT_MS);
    const entry = { ids: Buffer.alloc(16), increments, eventCount: 1 };
    if ((await journal.append(SHARED, number, entry, EXPIRES_AT_MS)) === 'appended') return number;
  }
}

const TRIES_MAX = 5;

/**
 * When another process is killed while it writes, LMDB may fail the next write of each that still runs: it comes upon what the dead one
 * left. Nothing of that write is stored, and the next succeeds. The server answers 503, or starts the reader anew; so does this.
 */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
    }
  }
}

for (let round = 1; round <= Number(rounds); round += 1) {
  const chunkId = `${name}-${round}`;
  const bytes = Buffer.alloc(CHUNK_BYTES, chunkId);
  const chunk = { chunkId, stripe: 0, receivedAtMs: round, bytes, eventCount: 1, valueSum: 1 };
  await again(() => stream.put([chunk]));
  const number = await again(appendNext);
  await again(() => counters.apply(SHARED, number, increments, EXPIRES_AT_MS));
  process.stdout.write(`${JSON.stringify({ chunkId, number })}\n`);
}
await streamData.environment.close();
await countData.environment.close();
