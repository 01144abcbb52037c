import { formatArchiveLine } from '../../../core/archive-line.js';
import { encodeChunk } from '../../../core/chunk.js';
import { Counting, type CountPorts } from '../../../core/count/count.js';
import type { Entry } from '../../../core/journal.js';
import { HOUR_MS } from '../../../core/time.js';
import { NOON_MS, stamp, tallyEvent } from '../../factories.js';

const portsInto = (appended: Entry[]): CountPorts => ({
  journals: {
    readAfter: () => Promise.resolve([]),
    find: () => Promise.resolve(null),
    append: (_journal, _number, entry) => {
      appended.push(entry);
      return Promise.resolve('appended');
    },
  },
  shards: { apply: () => Promise.resolve() },
  days: {
    open: (day, expiresAtMs) => Promise.resolve({ day, isSealed: false, expiresAtMs }),
    find: () => Promise.resolve(null),
    sealedThrough: () => Promise.resolve(null),
  },
  catalog: { register: () => Promise.resolve() },
  rejected: { put: (lines) => Promise.reject(new Error(`rejected: ${lines[0]?.message}`)) },
  metrics: { add: () => undefined },
  clock: { nowMs: () => NOON_MS },
});

const countingInto = (appended: Entry[]): Counting =>
  new Counting(portsInto(appended), {
    settings: {
      formatVersion: 1,
      laneCount: 1,
      sliceMs: 300_000,
      lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
    },
    streamRetentionMs: HOUR_MS,
    journalConcurrency: 1,
    commitEventCountMax: 1_000_000,
    cacheBytesMax: 1_000_000,
  });

const lineOf = (id: string, value: number): string => formatArchiveLine(tallyEvent({ id, value }), stamp());

/** The same line, of a shape that is not scanned. */
const spaced = (line: string): string => line.replace('{', '{ ');

const sumOf = ({ increments }: Entry): number | undefined => increments[0]?.minutes[0]?.value;

// The first chunk opens the day: events of a day that is not known yet wait for it.
it.each([
  { why: 'scanned, then parsed', lines: [lineOf('e1', 10), spaced(lineOf('e1', 500))] },
  { why: 'parsed, then scanned', lines: [spaced(lineOf('e1', 10)), lineOf('e1', 500)] },
])('counts the first to arrive of two events with one identity: $why', async ({ lines }) => {
  const appended: Entry[] = [];
  const chunks = [[lineOf('e0', 1)], lines].map((ofChunk) => encodeChunk(ofChunk));
  await countingInto(appended).count(chunks.map((bytes) => ({ bytes })));
  expect(appended.map(sumOf)).toEqual([11]);
});

it('counts every line of a chunk with more lines than are hashed at a time', async () => {
  const appended: Entry[] = [];
  const lines = Array.from({ length: 1_300 }, (_, index) => lineOf(`e${index % 1_290}`, 1));
  const chunks = [[lineOf('e0', 1)], lines].map((ofChunk) => encodeChunk(ofChunk));
  await countingInto(appended).count(chunks.map((bytes) => ({ bytes })));
  expect(appended.map(sumOf)).toEqual([1_290]);
});
