import { rm } from 'node:fs/promises';
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { openStreamData, type StreamData } from '../../../adapters/embedded/open-data.js';
import type { Counting } from '../../../core/count/count.js';
import { CountReader } from '../../../server/readers/count-reader.js';
import { makeDataDirectory } from '../a-server.js';

let directory: string;
let data: StreamData;

beforeEach(async () => {
  directory = await makeDataDirectory();
  data = openStreamData(directory);
});

afterEach(async () => {
  await data.environment.close();
  await rm(directory, { recursive: true, force: true });
});

async function aStreamOf(chunkCount: number): Promise<LmdbStream> {
  const stream = new LmdbStream(data);
  const chunk = { stripe: 0, receivedAtMs: 1, bytes: Buffer.from('x'), eventCount: 1, valueSum: 1 };
  await stream.put(Array.from({ length: chunkCount }, (_, n) => ({ ...chunk, chunkId: `c${n}` })));
  return stream;
}

/** Counting that answers as told; its chunks are not looked at. */
const countingThat = (count: () => Promise<number>): Counting => ({ count }) as unknown as Counting;

describe('CountReader', () => {
  it('passes what it counted, once', async () => {
    const stream = await aStreamOf(3);
    const counted: number[] = [];
    const reader = new CountReader(
      stream,
      countingThat(async () => counted.push(await stream.position('count'))),
    );
    expect(await reader.step()).toBe(true);
    expect(await reader.position()).toBe(3);
    expect(await reader.step()).toBe(false);
    // While counting, the position had not moved: a crash then loses nothing.
    expect(counted).toEqual([0]);
  });

  it('passes nothing that failed to be counted', async () => {
    const stream = await aStreamOf(3);
    const reader = new CountReader(
      stream,
      countingThat(() => Promise.reject(new Error('disk full'))),
    );
    await expect(reader.step()).rejects.toThrow('disk full');
    expect(await reader.position()).toBe(0);
  });
});
