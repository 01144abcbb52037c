import { appendFile, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileRejectedSink } from '../../../adapters/embedded/file-rejected-sink.js';
import type { RejectedLine } from '../../../core/ports.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const line = (given: Partial<RejectedLine> = {}): RejectedLine => ({
  reason: 'day_refused',
  message: 'the day is sealed',
  rejectedAtMs: Date.parse('2026-11-21T23:59:59.999Z'),
  line: '{"id":"1"}\n"quoted" 😀',
  ...given,
});

let directory: string;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(() => removeDirectory(directory));

const pathOf = (day: string) => join(directory, 'rejected', `dt=${day}`, 'rejected.ndjson');
const textLinesOf = async (day: string) => (await readFile(pathOf(day), 'utf8')).split('\n');
const linesOf = async (day: string) =>
  (await textLinesOf(day)).slice(0, -1).map((text) => JSON.parse(text) as RejectedLine);

it('keeps lines as they are, in order, by the day of their rejection', async () => {
  const next = line({ rejectedAtMs: Date.parse('2026-11-22T00:00:00.000Z'), line: 'next day' });
  const sink = new FileRejectedSink(directory);
  await sink.put([line(), next, line({ line: 'second' })]);
  await sink.put([line({ line: 'third' })]);
  expect(await linesOf('2026-11-21')).toEqual([line(), line({ line: 'second' }), line({ line: 'third' })]);
  expect(await linesOf('2026-11-22')).toEqual([next]);
});

it('makes nothing when given nothing', async () => {
  await new FileRejectedSink(directory).put([]);
  expect(await readdir(directory)).toEqual([]);
});

it('begins a new line behind one that a crash cut short', async () => {
  const sink = new FileRejectedSink(directory);
  await sink.put([line()]);
  await appendFile(pathOf('2026-11-21'), '{"reason":"to');
  await sink.put([line({ line: 'after the crash' })]);
  const [first, torn, second] = await textLinesOf('2026-11-21');
  expect(torn).toBe('{"reason":"to');
  expect([first, second].map((text) => JSON.parse(text ?? '') as RejectedLine)).toEqual([
    line(),
    line({ line: 'after the crash' }),
  ]);
});

it('does not mix lines that are put at the same time', async () => {
  const [one, other] = [new FileRejectedSink(directory), new FileRejectedSink(directory)];
  const lines = Array.from({ length: 40 }, (_, index) => line({ line: String(index).repeat(500) }));
  await Promise.all(lines.map((each, index) => (index % 2 === 0 ? one : other).put([each])));
  const kept = (await linesOf('2026-11-21')).map((each) => each.line);
  expect(kept.sort()).toEqual(lines.map((each) => each.line).sort());
});
