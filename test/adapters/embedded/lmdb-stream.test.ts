import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { highWaterMs } from '../../../adapters/embedded/high-water-mark.js';
import { openStreamData, type StreamData } from '../../../adapters/embedded/open-data.js';
import { chunk, describeStreamWriterContract } from '../../contract/stream-writer.contract.js';
import { removeDirectory } from '../../support/temporary-directory.js';
import { openTemporaryStreamData } from './embedded-data.js';

const ALL = { bytesMax: Number.MAX_SAFE_INTEGER };

describeStreamWriterContract('LmdbStream', async () => {
  const { data, dispose } = await openTemporaryStreamData();
  const writer = new LmdbStream(data);
  const readBack = async () => (await writer.readAfter(0, ALL)).map((record) => record.chunk.bytes);
  return { writer, readBack, dispose };
});

describe('LmdbStream as a stream reader', () => {
  let data: StreamData;
  let directory: string;
  let stream: LmdbStream;
  let dispose: () => Promise<void>;

  beforeEach(async () => {
    ({ data, directory, dispose } = await openTemporaryStreamData());
    stream = new LmdbStream(data);
  });
  afterEach(() => dispose());

  const ofBytes = (byteCount: number) => chunk({ bytes: Buffer.alloc(byteCount, 'x') });
  const putOneByOne = async (byteCounts: readonly number[]) => {
    for (const byteCount of byteCounts) await stream.put([ofBytes(byteCount)]);
  };
  const sequencesAfter = async (sequence: number, limits = ALL) =>
    (await stream.readAfter(sequence, limits)).map((record) => record.sequence);
  const passBoth = async (sequence: number) => {
    await stream.commitPosition('count', sequence);
    await stream.commitPosition('archive', sequence);
  };
  const reopen = async () => {
    await data.environment.close();
    data = openStreamData(directory);
    dispose = async () => {
      await data.environment.close();
      await removeDirectory(directory);
    };
    stream = new LmdbStream(data);
  };

  it("keeps a chunk's sheet for who asks for it, and trims it with the chunk", async () => {
    const sheet = Buffer.from('a sheet');
    await stream.put([chunk({ chunkId: 'a', sheet }), chunk({ chunkId: 'b' })]);
    const withSheets = await stream.readAfter(0, { ...ALL, withSheets: true });
    expect(withSheets.map((record) => record.chunk.sheet)).toEqual([sheet, undefined]);
    expect((await stream.readAfter(0, ALL)).map((record) => record.chunk.sheet)).toEqual([
      undefined,
      undefined,
    ]);
    await passBoth(2);
    await stream.trim();
    expect(data.sheets.getCount()).toBe(0);
  });

  it('numbers chunks 1, 2, 3… in the order of a request, and gives them back whole', async () => {
    const chunks = [
      chunk({ chunkId: 'a', stripe: 3, receivedAtMs: 1_700_000_000_001, eventCount: 5_000, valueSum: -12 }),
      chunk({ chunkId: 'b', valueSum: 5_000_000_000 }),
    ];
    await stream.put(chunks);
    expect(await stream.readAfter(0, ALL)).toEqual([
      { sequence: 1, chunk: chunks[0] },
      { sequence: 2, chunk: chunks[1] },
    ]);
    expect(await stream.head()).toBe(2);
  });

  it('numbers concurrent requests without gaps, each request in one run', async () => {
    const requests = Array.from({ length: 100 }, (_, request) =>
      [0, 1, 2].map((index) => chunk({ chunkId: `${request}/${index}` })),
    );
    await Promise.all(requests.map((chunks) => stream.put(chunks)));
    const records = await stream.readAfter(0, ALL);
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    for (let at = 0; at < 300; at += 3) {
      const request = records[at]?.chunk.chunkId.split('/')[0];
      expect(records.slice(at, at + 3).map((record) => record.chunk.chunkId)).toEqual(
        [0, 1, 2].map((i) => `${request}/${i}`),
      );
    }
  });

  it('shares a commit between requests that wait at the same time', async () => {
    const before = transactionIdOf(data);
    await Promise.all(Array.from({ length: 100 }, () => stream.put([ofBytes(10)])));
    expect(transactionIdOf(data) - before).toBeLessThan(20);
  });

  it('reads up to so many bytes, but at least one chunk', async () => {
    await putOneByOne([100, 100, 100, 500, 1]);
    expect(await sequencesAfter(0, { bytesMax: 250 })).toEqual([1, 2]);
    expect(await sequencesAfter(0, { bytesMax: 300 })).toEqual([1, 2, 3]);
    expect(await sequencesAfter(3, { bytesMax: 250 })).toEqual([4]);
    expect(await sequencesAfter(0, { bytesMax: 0 })).toEqual([1]);
    expect(await sequencesAfter(5, { bytesMax: 0 })).toEqual([]);
  });

  it('keeps a position for each reader, which never goes back', async () => {
    await putOneByOne([1, 1, 1]);
    await stream.commitPosition('count', 2);
    await stream.commitPosition('count', 1);
    expect(await stream.position('count')).toBe(2);
    expect(await stream.position('archive')).toBe(0);
    await reopen();
    expect(await stream.position('count')).toBe(2);
  });

  it('refuses a position beyond what was put', async () => {
    await putOneByOne([1]);
    await expect(stream.commitPosition('count', 2)).rejects.toMatchObject({ code: 'stream_gap' });
    expect(await stream.position('count')).toBe(0);
  });

  it('trims what both readers have passed, and nothing else', async () => {
    await putOneByOne([1, 1, 1, 1]);
    await stream.commitPosition('count', 4);
    expect(await stream.trim()).toBe(0);
    await stream.commitPosition('archive', 3);
    expect(await stream.trim()).toBe(3);
    expect(await stream.trim()).toBe(0);
    expect(await sequencesAfter(3)).toEqual([4]);
    expect([...data.bytes.getKeys({})]).toEqual([4]);
    expect([...data.entries.getKeys({})]).toEqual([4]);
  });

  it('trims in steps until nothing is left to trim', async () => {
    await stream.put(Array.from({ length: 1_000 }, () => ofBytes(1)));
    await passBoth(1_000);
    expect(await stream.trim()).toBe(1_000);
    expect(await sequencesAfter(1_000)).toEqual([]);
  });

  it('refuses to read what was trimmed', async () => {
    await putOneByOne([1, 1]);
    await passBoth(2);
    await stream.trim();
    await expect(stream.readAfter(1, ALL)).rejects.toMatchObject({ code: 'stream_gap' });
  });

  it('never gives a number twice, also when everything was trimmed and the data was opened anew', async () => {
    await putOneByOne([1, 1]);
    await passBoth(2);
    await stream.trim();
    await reopen();
    expect(await stream.head()).toBe(2);
    await stream.put([ofBytes(1)]);
    expect(await sequencesAfter(2)).toEqual([3]);
  });

  it('knows the backlog of each reader in bytes, after trimming and opening anew too', async () => {
    await putOneByOne([100, 20, 3]);
    expect(await stream.backlogBytes('count')).toBe(123);
    await stream.commitPosition('count', 1);
    expect(await stream.backlogBytes('count')).toBe(23);
    expect(await stream.backlogBytes('archive')).toBe(123);
    await passBoth(3);
    await stream.trim();
    await reopen();
    expect(await stream.backlogBytes('archive')).toBe(0);
    await putOneByOne([7]);
    expect(await stream.backlogBytes('count')).toBe(7);
  });

  it('keeps the latest instant anything was received at', async () => {
    await stream.put([
      chunk({ receivedAtMs: 2_000 }),
      chunk({ receivedAtMs: 5_000 }),
      chunk({ receivedAtMs: 3_000 }),
    ]);
    await stream.put([chunk({ receivedAtMs: 1_000 })]);
    expect(highWaterMs(data)).toBe(5_000);
  });
});

const transactionIdOf = (data: StreamData): number =>
  (data.environment.getStats() as { lastTxnId?: number }).lastTxnId ?? Number.NaN;
