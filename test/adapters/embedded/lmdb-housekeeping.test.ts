import { statSync } from 'node:fs';
import { join } from 'node:path';
import { removeExpired } from '../../../adapters/embedded/lmdb-housekeeping.js';
import { LmdbJournal } from '../../../adapters/embedded/lmdb-journal.js';
import { openCountData, type CountData } from '../../../adapters/embedded/open-data.js';
import { DAY_MS, dayOf, SLICE_MS } from '../../../core/time.js';
import { NOON_MS } from '../../factories.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const KEPT_DAYS = 2;
const ENTRIES_PER_DAY = 60;
const ENTRY_BYTES = 20_000;

let directory: string;
let data: CountData;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  data = openCountData(directory);
});
afterEach(async () => {
  await data.environment.close();
  await removeDirectory(directory);
});

const fileBytes = (): number => statSync(join(directory, 'counts', 'data.mdb')).size;

/** A day's journals, and then what is done at its end: the day that is kept no longer is sealed, and removed. */
async function liveThrough(day: number): Promise<void> {
  const nowMs = NOON_MS + day * DAY_MS;
  const entry = { ids: new Uint8Array(ENTRY_BYTES), increments: [], eventCount: ENTRY_BYTES / 16 };
  for (let index = 0; index < ENTRIES_PER_DAY; index++)
    await new LmdbJournal(data).append({ lane: 0, sliceStartMs: nowMs + index * SLICE_MS }, 1, entry, nowMs);
  const oldest = dayOf(nowMs - (KEPT_DAYS - 1) * DAY_MS);
  await data.environment.transaction(() => void data.days.put(oldest, [true, nowMs]));
  await removeExpired(data, nowMs);
}

// Goal: a server that runs for years fills no disk with days that have expired. Method: weeks of days, two kept at a time.
it('makes room for new days where expired ones were', async () => {
  for (let day = 0; day < 2 * KEPT_DAYS; day++) await liveThrough(day);
  const whenFull = fileBytes();
  for (let day = 2 * KEPT_DAYS; day < 20; day++) await liveThrough(day);
  expect(whenFull).toBeGreaterThan(KEPT_DAYS * ENTRIES_PER_DAY * ENTRY_BYTES * 0.9);
  expect(fileBytes()).toBeLessThan(whenFull * 1.1);
});
