import { Counting, type CountPorts, type StreamedChunk } from '../../../core/count/count.js';
import { makeWriteSheet } from '../../../core/count/count-sheet.js';
import type { TallyEvent } from '../../../core/event.js';
import type { Entry, JournalName } from '../../../core/journal.js';
import { makeChunks } from '../../../core/make-chunks.js';
import type { RejectedLine } from '../../../core/ports.js';
import { DAY_MS, HOUR_MS, dayOf } from '../../../core/time.js';

const LANES = 8;
const NOW_MS = Date.parse('2026-11-21T09:15:02.120Z');
const SETTINGS = {
  formatVersion: 1,
  laneCount: LANES,
  sliceMs: 300_000,
  lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
};

const anEvent = (index: number, given: Partial<TallyEvent> = {}): TallyEvent => ({
  id: `e${index % 90}`,
  source: 'web-1',
  type: index % 3 === 0 ? 'a' : 'b',
  subject: index % 5 === 0 ? '' : `s${index % 7}`,
  partitionKey: index % 11 === 0 ? 'own' : `k${index % 7}`,
  timeMs: NOW_MS - (index % 4) * 100_000 - (index % 2) * 10 * HOUR_MS,
  value: (index % 9) - 4,
  restJson: '',
  ...given,
});

function aChunk(events: readonly TallyEvent[]): StreamedChunk & { sheet: Uint8Array } {
  const writeSheet = makeWriteSheet(() => 'run');
  const [chunk] = makeChunks(events, {
    stripe: 0,
    receivedAtMs: NOW_MS,
    makeChunkId: () => 'c1',
    writeSheet,
  });
  if (chunk?.sheet === undefined) throw new Error('a chunk with a sheet was wanted');
  return { bytes: chunk.bytes, sheet: chunk.sheet };
}

/** Everything that counting did with a chunk. */
async function countOf(chunk: StreamedChunk, sealedDay?: string) {
  const appended: [JournalName, Entry][] = [];
  const types: string[] = [];
  const rejected: RejectedLine[] = [];
  const ports: CountPorts = {
    journals: {
      readAfter: () => Promise.resolve([]),
      find: () => Promise.resolve(null),
      append: (journal, _number, entry) => {
        appended.push([journal, entry]);
        return Promise.resolve('appended');
      },
    },
    shards: { apply: () => Promise.resolve() },
    days: {
      open: (day, expiresAtMs) => Promise.resolve({ day, isSealed: day === sealedDay, expiresAtMs }),
      find: () => Promise.resolve(null),
      sealedThrough: () => Promise.resolve(null),
    },
    catalog: { register: (names) => Promise.resolve(void types.push(...names)) },
    rejected: { put: (lines) => Promise.resolve(void rejected.push(...lines)) },
    metrics: { add: () => undefined },
    clock: { nowMs: () => NOW_MS },
  };
  const options = {
    streamRetentionMs: DAY_MS,
    journalConcurrency: 1,
    commitEventCountMax: 1_000,
    cacheBytesMax: 1e6,
  };
  await new Counting(ports, { settings: SETTINGS, ...options }).count([chunk]);
  const byName = (a: [JournalName, Entry], b: [JournalName, Entry]): number =>
    a[0].lane - b[0].lane || a[0].sliceStartMs - b[0].sliceStartMs;
  return { appended: appended.sort(byName), types: types.sort(), rejected };
}

const EVENTS = Array.from({ length: 100 }, (_, index) => anEvent(index));
const UNREADABLE = Buffer.from('no gzip');

it('counts by its sheet what it counts by its lines', async () => {
  const { bytes, sheet } = aChunk(EVENTS);
  const byLines = await countOf({ bytes });
  expect(byLines.appended.length).toBeGreaterThan(LANES);
  // Without readable lines, nothing but the sheet can have been counted.
  expect(await countOf({ bytes: UNREADABLE, sheet })).toEqual(byLines);
});

it('reads the lines where the sheet is damaged', async () => {
  const { bytes, sheet } = aChunk(EVENTS);
  const damaged = Uint8Array.from(sheet, (byte, at) => (at === 40 ? byte ^ 1 : byte));
  expect(await countOf({ bytes, sheet: damaged })).toEqual(await countOf({ bytes }));
});

it('rejects the lines of a sealed day, and counts the rest', async () => {
  const yesterday = dayOf(NOW_MS - DAY_MS);
  const chunk = aChunk([anEvent(4), anEvent(2, { timeMs: NOW_MS - DAY_MS }), anEvent(8)]);
  const { appended, rejected } = await countOf(chunk, yesterday);
  expect(appended.reduce((sum, [, { eventCount }]) => sum + eventCount, 0)).toBe(2);
  expect(rejected).toEqual([
    expect.objectContaining({ reason: 'day_refused', line: expect.stringContaining('"id":"e2"') as string }),
  ]);
});
