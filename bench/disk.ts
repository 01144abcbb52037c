import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbCounters } from '../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../adapters/embedded/lmdb-days.js';
import { removeExpired } from '../adapters/embedded/lmdb-housekeeping.js';
import { LmdbJournal } from '../adapters/embedded/lmdb-journal.js';
import { openCountData, type CountData } from '../adapters/embedded/open-data.js';
import { DAY_MS, dayOf } from '../core/time.js';
import type { Bench, BenchIo } from './bench.js';
import { BENCH_DAY_MS, makeCounting } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { portsAround } from './in-memory.js';

const EVENTS_PER_DAY = 100_000;
const BATCHES_PER_DAY = 24;
const COUNTERS = 5_000;
const DAYS = 12;
const KEPT_DAYS = 4;
const LANES = 64;

/** What counting leaves on a disk: per event, and whether what expires makes room for what comes. */
export const disk: Bench = {
  name: 'disk',
  varies: `days, 1 to ${DAYS}, each kept for ${KEPT_DAYS}`,
  reports: 'size of the counts file of the embedded engine, and bytes per event that is kept',
  run: async (io) => {
    const directory = mkdtempSync(join(tmpdir(), 'tally-disk-'));
    const data = openCountData(directory);
    try {
      const rows = await countDays(data, join(directory, 'counts', 'data.mdb'), io);
      return [
        {
          title: `Disk: ${EVENTS_PER_DAY} events a day, ${COUNTERS} counters, ${LANES} lanes, journals and shards in LMDB`,
          head: ['day', 'file, KB', 'days kept', 'bytes per event kept', 'file : file when first full'],
          rows,
          notes: [
            'The file grows until the first day expires and then stays: its pages are used again. It never shrinks.',
            'The archive is beside it: see chunk-bytes. Totals of sealed days are a few hundred bytes per counter and day.',
          ],
        },
      ];
    } finally {
      await data.environment.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function countDays(data: CountData, file: string, io: BenchIo): Promise<(string | number)[][]> {
  const source = new EventSource({
    seed: 6,
    counterCount: COUNTERS,
    zipfExponent: 1,
    typeCount: 1,
    lateShare: 0,
  });
  const rows: (string | number)[][] = [];
  let whenFull = 0;
  for (let day = 0; day < DAYS; day++) {
    io.progress(`day ${day + 1} of ${DAYS}`);
    const startMs = BENCH_DAY_MS + day * DAY_MS;
    await countDay(data, source, startMs);
    await expire(data, startMs);
    const kept = Math.min(day + 1, KEPT_DAYS);
    const bytes = statSync(file).size;
    if (day === KEPT_DAYS) whenFull = bytes;
    rows.push([
      day + 1,
      Math.round(bytes / 1_024),
      kept,
      Math.round(bytes / (kept * EVENTS_PER_DAY)),
      whenFull === 0 ? '' : (bytes / whenFull).toFixed(2),
    ]);
  }
  io.progress('');
  return rows;
}

async function countDay(data: CountData, source: EventSource, startMs: number): Promise<void> {
  const clock = { nowMs: () => startMs };
  const ports = {
    ...portsAround({} as never, startMs),
    journals: new LmdbJournal(data),
    shards: new LmdbCounters(data, clock),
    days: new LmdbDays(data),
  };
  const counting = makeCounting(ports, { laneCount: LANES });
  const [count, lengthMs] = [EVENTS_PER_DAY / BATCHES_PER_DAY, DAY_MS / BATCHES_PER_DAY];
  for (let batch = 0; batch < BATCHES_PER_DAY; batch++)
    await counting.count(await chunksOf(source.window(startMs + batch * lengthMs, lengthMs, count), 1_000));
}

/** Seal the day that is kept no longer, and remove what it leaves. */
async function expire(data: CountData, nowMs: number): Promise<void> {
  const day = dayOf(nowMs - (KEPT_DAYS - 1) * DAY_MS);
  await data.environment.transaction(() => void data.days.put(day, [true, nowMs]));
  await removeExpired(data, nowMs);
}
