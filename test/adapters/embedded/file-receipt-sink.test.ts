import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileReceiptSink } from '../../../adapters/embedded/file-receipt-sink.js';
import type { ReceiptLine } from '../../../core/audit/receipt.js';
import { DAY_MS } from '../../../core/time.js';
import { NOON_MS } from '../../factories.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

let dataDirectory: string;
let sink: FileReceiptSink;

beforeEach(async () => {
  dataDirectory = await makeTemporaryDirectory();
  sink = new FileReceiptSink({ dataDirectory, startedAtMs: 1 });
});

afterEach(async () => {
  await sink.close();
  await removeDirectory(dataDirectory);
});

const lineOf = (chunkId: string, receivedAtMs = NOON_MS): ReceiptLine => ({
  ...{ chunkId, receivedAtMs, stripe: 0, hourStartMs: NOON_MS, eventCount: 1, valueSum: 1 },
});

const put = (chunkId: string, receivedAtMs?: number): Promise<void> =>
  sink.put([lineOf(chunkId, receivedAtMs)], 0);

/** The chunks that the receipts of a day tell of, in order. */
function chunksOf(day: string): string[] {
  const directory = join(dataDirectory, 'receipts', `dt=${day}`);
  const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  const lines = texts.join('').split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { chunk: string }).chunk);
}

it('keeps each of many receipts once, in order, however many come at the same time', async () => {
  const chunkIds = Array.from({ length: 200 }, (_, index) => `chunk-${index}`);
  await Promise.all(chunkIds.slice(0, 150).map((chunkId) => put(chunkId)));
  await Promise.all(chunkIds.slice(150).map((chunkId) => put(chunkId)));
  expect(chunksOf('2026-11-21')).toEqual(chunkIds);
});

it('has written a receipt when it says so', async () => {
  const first = put('a');
  const second = put('b').then(() => chunksOf('2026-11-21'));
  await first;
  expect(await second).toEqual(['a', 'b']);
});

it('keeps receipts by day of arrival, also if they come at the same time', async () => {
  await Promise.all([put('a'), put('b', NOON_MS + DAY_MS), put('c'), put('d', NOON_MS + DAY_MS)]);
  expect([chunksOf('2026-11-21'), chunksOf('2026-11-22')]).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

it('fails each receipt of a write that failed, and no later one', async () => {
  // A file stands where the folder should be.
  writeFileSync(join(dataDirectory, 'receipts'), '');
  const outcomes = await Promise.allSettled([put('a'), put('b'), put('c')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  renameSync(join(dataDirectory, 'receipts'), join(dataDirectory, 'in-the-way'));
  await put('d');
  expect(chunksOf('2026-11-21')).toEqual(['d']);
});
