import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { LmdbCounters } from '../../../adapters/embedded/lmdb-counters.js';
import { LmdbJournal } from '../../../adapters/embedded/lmdb-journal.js';
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import { openCountData, openStreamData } from '../../../adapters/embedded/open-data.js';
import { collect } from '../../support/collect.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const SHARED = { lane: 1, sliceStartMs: Date.parse('2026-11-21T09:15:00.000Z') };
const EXPIRES_AT_MS = Date.parse('2037-01-01T00:00:00.000Z');
const ENDLESS = 1_000_000;
const CHILD = join(__dirname, 'writing-child.ts');

interface Acknowledged {
  readonly chunkId: string;
  readonly number: number;
}

let directory: string;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(() => removeDirectory(directory));

const startChild = (name: string, rounds: number): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', CHILD, directory, name, String(rounds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Read what a child acknowledges, to its end; `onLine` may end it. */
async function acknowledgedBy(child: ChildProcess, onLine: (count: number) => void = () => undefined) {
  const acknowledged: Acknowledged[] = [];
  const hasExited = once(child, 'exit');
  if (child.stdout === null) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    onLine(acknowledged.length);
  }
  const [exitCode] = (await hasExited) as [number | null];
  return { acknowledged, exitCode };
}

/** What is in the data, after the newest entry was settled, as any worker does that comes next. */
async function readData() {
  const [streamData, countData] = [openStreamData(directory), openCountData(directory)];
  try {
    const stream = new LmdbStream(streamData);
    const counters = new LmdbCounters(countData, { nowMs: () => 0 });
    const entries = await new LmdbJournal(countData).readAfter(SHARED, 0);
    const newest = entries.at(-1);
    if (newest !== undefined) await counters.apply(SHARED, newest.number, newest.increments, EXPIRES_AT_MS);
    return {
      records: await stream.readAfter(0, { bytesMax: Number.MAX_SAFE_INTEGER }),
      head: await stream.head(),
      numbers: entries.map(({ number }) => number),
      shards: await collect(counters.readShards({ counter: 'page.viewed', consistency: 'strong' })),
    };
  } finally {
    await streamData.environment.close();
    await countData.environment.close();
  }
}

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Nothing acknowledged is missing, nothing is torn, numbers have no gaps, and each entry is counted once. */
async function expectExact(acknowledged: readonly Acknowledged[]): Promise<void> {
  const { records, head, numbers, shards } = await readData();
  const chunkIds = records.map(({ chunk }) => chunk.chunkId);
  expect(new Set(chunkIds).size).toBe(chunkIds.length);
  expect(chunkIds).toEqual(expect.arrayContaining(acknowledged.map(({ chunkId }) => chunkId)));
  for (const { chunk } of records) expect(chunk.bytes).toEqual(Buffer.alloc(5_000, chunk.chunkId));
  expect(records.map(({ sequence }) => sequence)).toEqual(oneTo(head));
  expect(numbers).toEqual(oneTo(numbers.length));
  expect(numbers).toEqual(expect.arrayContaining(acknowledged.map(({ number }) => number)));
  expect(shards.flatMap(({ minutes }) => minutes)).toEqual([
    { minute: 15, value: numbers.length, events: numbers.length },
  ]);
}

it('has everything acknowledged after kill -9 in the midst of writes, again and again', async () => {
  const all: Acknowledged[] = [];
  for (const [run, killAfter] of [1, 40, 25].entries()) {
    const child = startChild(`run${run}`, ENDLESS);
    const { acknowledged } = await acknowledgedBy(child, (count) => {
      if (count === killAfter) child.kill('SIGKILL');
    });
    expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);
    all.push(...acknowledged);
    await expectExact(all);
  }
});

it('is exact when processes write the same data at the same time, and one of them is killed', async () => {
  const doomed = startChild('doomed', ENDLESS);
  const children = [startChild('a', 60), startChild('b', 60)];
  const outcomes = await Promise.all([
    acknowledgedBy(doomed, (count) => {
      if (count === 20) doomed.kill('SIGKILL');
    }),
    ...children.map((child) => acknowledgedBy(child)),
  ]);
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([null, 0, 0]);
  expect(outcomes.slice(1).map(({ acknowledged }) => acknowledged.length)).toEqual([60, 60]);
  await expectExact(outcomes.flatMap(({ acknowledged }) => acknowledged));
});

it('is exact when threads of one process write the same data at the same time', async () => {
  const script = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(CHILD)}); });`;
  const workers = ['a', 'b'].map(
    (name) => new Worker(script, { eval: true, argv: [directory, name, '40'], stdout: true }),
  );
  const exitCodes = await Promise.all(
    workers.map(async (worker) => (await once(worker, 'exit'))[0] as number),
  );
  expect(exitCodes).toEqual([0, 0]);
  await expectExact(
    ['a', 'b'].flatMap((name) => oneTo(40).map((round) => ({ chunkId: `${name}-${round}`, number: round }))),
  );
});

it('rejects what does not fit on the disk, and keeps what was acknowledged', async () => {
  const limitKiB = 4_096;
  const child = spawn(
    'sh',
    [
      '-c',
      // Beyond the limit, writes fail like those on a full disk, once the signal is ignored.
      `trap '' XFSZ; ulimit -f ${limitKiB * 2}; exec "$0" --import tsx "$1" "$2"`,
      process.execPath,
      join(__dirname, 'full-disk-child.ts'),
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [outcome] = (await acknowledgedBy(child)).acknowledged as unknown as {
    acknowledgedCount: number;
    errors: string[];
    headWhenFull: number;
    readCount: number;
  }[];
  expect(outcome?.errors).toContain('stream_unavailable');
  expect(outcome?.acknowledgedCount).toBeGreaterThan(10);
  expect(outcome?.headWhenFull).toBe(outcome?.acknowledgedCount);
  expect(outcome?.readCount).toBe(outcome?.acknowledgedCount);
});
