import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ArchiveWriter, type ArchiveWriterOptions } from '../../../adapters/embedded/archive-writer.js';
import { nodeFiles } from '../../../adapters/embedded/files.js';
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { HOUR_MS } from '../../../core/time.js';
import { chunk } from '../../contract/stream-writer.contract.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ZSTD_OF_A, ZSTD_OF_B } from '../../support/zstd.js';
import { CrashingMachine, type CrashMoment } from './crashing-files.js';
import { openTemporaryStreamData } from './embedded-data.js';

const NINE = Date.parse('2026-11-21T09:59:59.000Z');
const TEN = Date.parse('2026-11-21T10:00:01.000Z');
const ALL = { bytesMax: Number.MAX_SAFE_INTEGER };

let directory: string;
let stream: LmdbStream;
let dispose: () => Promise<void>;
const clock = new ManualClock(TEN);

async function openFresh(): Promise<void> {
  const opened = await openTemporaryStreamData();
  ({ directory, dispose } = opened);
  stream = new LmdbStream(opened.data);
  clock.set(TEN);
}
beforeEach(openFresh);
afterEach(() => dispose());

const makeWriter = (given: Partial<ArchiveWriterOptions> = {}) =>
  new ArchiveWriter({ dataDirectory: directory, stream, clock, ...given });

const lineChunk = (line: string, receivedAtMs = NINE) =>
  chunk({ chunkId: line, receivedAtMs, bytes: gzipSync(`${line}\n`) });

const putLines = async (lines: readonly string[], receivedAtMs = NINE) =>
  stream.put(lines.map((line) => lineChunk(line, receivedAtMs)));

async function writeRest(writer: ArchiveWriter): Promise<void> {
  await writer.write(await stream.readAfter(await writer.nextAfter(), ALL));
}

/** What `*.ndjson.gz` finds: each file below `events`, with its lines. A torn file throws. */
async function archive(): Promise<Record<string, string[]>> {
  const events = join(directory, 'events');
  const names = await readdir(events, { recursive: true }).catch(() => []);
  const visible = names.filter((name) => /(^|\/)[^./][^/]*\.ndjson\.gz$/.test(name)).sort();
  const files = visible.map(async (name) => [name, linesOf(await readFile(join(events, name)))] as const);
  return Object.fromEntries(await Promise.all(files));
}

const linesOf = (bytes: Buffer): string[] => gunzipSync(bytes).toString().split('\n').slice(0, -1);

const partsLeft = async (): Promise<string[]> =>
  (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.part'));

it('writes chunks as they are, under the hour they arrived in, named by their first sequence number', async () => {
  await putLines(['a', 'b']);
  const writer = makeWriter();
  await writeRest(writer);
  expect(await archive()).toEqual({});
  await writer.rotate();
  expect(await archive()).toEqual({ 'dt=2026-11-21/hour=09/0000000000000001.ndjson.gz': ['a', 'b'] });
  const stored = await readFile(join(directory, 'events/dt=2026-11-21/hour=09/0000000000000001.ndjson.gz'));
  expect(stored.equals(Buffer.concat([lineChunk('a').bytes, lineChunk('b').bytes]))).toBe(true);
});

it('keeps chunks of another compression in a file of their own, which its name tells', async () => {
  await stream.put([
    lineChunk('gz'),
    chunk({ chunkId: 'a', receivedAtMs: NINE, bytes: ZSTD_OF_A }),
    chunk({ chunkId: 'b', receivedAtMs: NINE, bytes: ZSTD_OF_B }),
    lineChunk('gz again'),
  ]);
  const writer = makeWriter();
  await writeRest(writer);
  await writer.rotate();
  expect(await archive()).toEqual({
    'dt=2026-11-21/hour=09/0000000000000001.ndjson.gz': ['gz'],
    'dt=2026-11-21/hour=09/0000000000000004.ndjson.gz': ['gz again'],
  });
  const stored = await readFile(join(directory, 'events/dt=2026-11-21/hour=09/0000000000000002.ndjson.zst'));
  expect(stored.equals(Buffer.concat([ZSTD_OF_A, ZSTD_OF_B]))).toBe(true);
});

it('begins a file with each arrival hour, also when hours alternate', async () => {
  await putLines(['a'], NINE);
  await putLines(['b'], TEN);
  await putLines(['c'], NINE);
  const writer = makeWriter();
  await writeRest(writer);
  await writer.rotate();
  expect(await archive()).toEqual({
    'dt=2026-11-21/hour=09/0000000000000001.ndjson.gz': ['a'],
    'dt=2026-11-21/hour=09/0000000000000003.ndjson.gz': ['c'],
    'dt=2026-11-21/hour=10/0000000000000002.ndjson.gz': ['b'],
  });
});

it('rotates a file that is full', async () => {
  await putLines(['a', 'b', 'c']);
  const writer = makeWriter({ fileBytesMax: lineChunk('a').bytes.length + 1 });
  await writeRest(writer);
  expect(Object.values(await archive())).toEqual([['a', 'b']]);
  expect(await stream.position('archive')).toBe(2);
});

it('rotates a file that is old, by its clock, when told that time has passed', async () => {
  await putLines(['a']);
  const writer = makeWriter();
  await writeRest(writer);
  clock.advance(59_999);
  await writer.tick();
  expect(await archive()).toEqual({});
  clock.advance(1);
  await writer.tick();
  expect(Object.values(await archive())).toEqual([['a']]);
});

it('commits its position and trims only after a file is finished', async () => {
  await putLines(['a', 'b']);
  await stream.commitPosition('count', 2);
  const writer = makeWriter();
  await writeRest(writer);
  expect(await stream.position('archive')).toBe(0);
  await writer.rotate();
  expect(await stream.position('archive')).toBe(2);
  await expect(stream.readAfter(0, ALL)).rejects.toMatchObject({ code: 'stream_gap' });
});

it('does nothing when there is nothing to rotate', async () => {
  const writer = makeWriter();
  await writer.start();
  await writer.tick();
  await writer.rotate();
  expect(await readdir(directory)).toEqual(['stream']);
});

it('refuses records that do not follow what it wrote', async () => {
  await putLines(['a', 'b', 'c']);
  const [first, , third] = await stream.readAfter(0, ALL);
  const writer = makeWriter();
  await expect(writer.write([first, third].filter((record) => record !== undefined))).rejects.toThrow(
    'got stream record 3, the next to write is 2',
  );
  expect(await writer.nextAfter()).toBe(0);
  expect(await partsLeft()).toEqual([]);
});

it('removes unfinished files when it starts, and nothing else', async () => {
  const hour = join(directory, 'events/dt=2026-11-21/hour=09');
  await mkdir(hour, { recursive: true });
  await writeFile(join(hour, '.0000000000000001.ndjson.gz.part'), 'torn');
  await writeFile(join(hour, '0000000000000001.ndjson.gz'), gzipSync('kept\n'));
  await makeWriter().start();
  expect(await readdir(hour)).toEqual(['0000000000000001.ndjson.gz']);
});

it('reports a full disk, commits nothing, and goes on exactly when there is room again', async () => {
  await putLines(['a', 'b', 'c']);
  let isFull = false;
  const failing = async (): Promise<never> => Promise.reject(new Error('ENOSPC: no space left on device'));
  const writer = makeWriter({
    files: {
      ...nodeFiles,
      create: async (path) => {
        const file = await nodeFiles.create(path);
        return { ...file, append: (bytes) => (isFull ? failing() : file.append(bytes)) };
      },
    },
  });
  const records = await stream.readAfter(0, ALL);
  await writer.write(records.slice(0, 1));
  isFull = true;
  await expect(writer.write(records.slice(1))).rejects.toThrow('ENOSPC');
  expect(await stream.position('archive')).toBe(0);
  expect(await partsLeft()).toEqual([]);
  isFull = false;
  await writeRest(writer);
  await writer.rotate();
  expect(Object.values(await archive())).toEqual([['a', 'b', 'c']]);
});

describe('after a crash at any operation', () => {
  const LINES = ['a', 'b', 'c', 'd', 'e', 'f'];
  const [small, middle, large] = [1, lineChunk('a').bytes.length + 1, 1_000_000];

  async function runUntilCrash(machine: CrashingMachine, fileBytesMax: number): Promise<void> {
    const guarded = {
      position: (reader: 'archive' | 'count') => stream.position(reader),
      commitPosition: (reader: 'archive' | 'count', sequence: number) =>
        machine.guard(() => stream.commitPosition(reader, sequence)),
      trim: () => machine.guard(() => stream.trim()),
    };
    const writer = makeWriter({ files: machine.files, stream: guarded, fileBytesMax });
    await writer.start();
    await writeRest(writer);
    await writer.rotate();
  }

  interface CrashCase {
    readonly moment: CrashMoment;
    readonly why: string;
    readonly sizes: [number, number];
    /** What was not synced is lost as well. */
    readonly losesPower?: boolean;
  }

  /** True: the crash point lies beyond the end of the run. */
  async function survives(
    crashAt: number,
    { moment, sizes, losesPower = false }: CrashCase,
  ): Promise<boolean> {
    await dispose();
    await openFresh();
    await putLines(LINES.slice(0, 4), NINE);
    await putLines(LINES.slice(4), NINE + HOUR_MS);
    await stream.commitPosition('count', LINES.length);
    const machine = new CrashingMachine(crashAt, moment);
    await runUntilCrash(machine, sizes[0]).catch((error: unknown) => {
      if (!machine.hasCrashed) throw error;
    });
    await machine.closeFiles();
    if (losesPower) await machine.losePower();
    const atCrash = Object.values(await archive()).flat();
    expect([crashAt, new Set(atCrash).size]).toEqual([crashAt, atCrash.length]);

    const next = makeWriter({ fileBytesMax: sizes[1] });
    await next.start();
    await writeRest(next);
    await next.rotate();
    expect([
      crashAt,
      Object.values(await archive())
        .flat()
        .sort(),
    ]).toEqual([crashAt, LINES]);
    expect(await partsLeft()).toEqual([]);
    return !machine.hasCrashed;
  }

  it.each([
    { moment: 'before', why: 'files alike', sizes: [middle, middle] },
    { moment: 'midst', why: 'files alike', sizes: [middle, middle] },
    { moment: 'after', why: 'files alike', sizes: [middle, middle] },
    { moment: 'after', why: 'then larger files', sizes: [middle, large] },
    { moment: 'after', why: 'then smaller files', sizes: [large, small] },
    { moment: 'before', why: 'with the power', sizes: [middle, middle], losesPower: true },
    { moment: 'after', why: 'with the power', sizes: [middle, middle], losesPower: true },
  ] satisfies CrashCase[])(
    'every chunk is in one file, and no file is torn: crash $moment it, $why',
    async (crashCase) => {
      let crashAt = 1;
      while (!(await survives(crashAt, crashCase))) crashAt += 1;
      expect(crashAt).toBeGreaterThan(15);
    },
  );
});
