import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbLedger } from '../../../adapters/embedded/lmdb-ledger.js';
import { LmdbSettings } from '../../../adapters/embedded/lmdb-settings.js';
import { openCountData, type CountData } from '../../../adapters/embedded/open-data.js';
import { HOUR_MS } from '../../../core/time.js';
import { AuditSchedule } from '../../../server/audit/audit-schedule.js';
import { monotonicMs } from '../../../server/time-sources.js';
import { ManualClock } from '../../support/manual-clock.js';
import { aServer, makeDataDirectory, stopServers } from '../a-server.js';
import { eventLine } from '../../cli/run-tally.js';

const DAY = '2026-11-20';
const NEXT = '2026-11-21';
const TIMEOUT_MS = 60_000;

let directory: string;
let data: CountData;
let schedule: AuditSchedule | undefined;
beforeEach(async () => {
  directory = await makeDataDirectory();
  const clockStartMs = Date.parse(`${DAY}T09:00:00Z`);
  const config = {
    dataDirectory: directory,
    latenessMs: HOUR_MS,
    laneCount: 4,
    clockStartMs,
    auditAtMs: null,
  };
  const server = await aServer(config);
  await server.post(eventLine('1', { time: `${DAY}T08:00:00.000Z` }), {
    'content-type': 'application/x-ndjson',
  });
  await server.counted('page.viewed');
  await server.stop();
  data = openCountData(directory);
});
afterEach(async () => {
  await schedule?.stop();
  await data.environment.close();
  await stopServers();
});

/** A schedule as a server starts it at an instant; the stream's readers have passed everything but the audit's own marker. */
async function scheduleAt(instant: string, auditAtMs: number | null): Promise<ManualClock> {
  const clock = new ManualClock(Date.parse(instant));
  const settings = await new LmdbSettings(data).read();
  if (settings === null) throw new Error('no settings');
  const clockStart = { instantMs: clock.nowMs(), atMonotonicMs: monotonicMs() };
  schedule = new AuditSchedule({
    workerData: { dataDirectory: directory, settings, clockStart },
    clock,
    metrics: { add: () => undefined },
    auditAtMs,
  });
  return clock;
}

const rounds = async (): Promise<number> => {
  const [state] = await new LmdbLedger(data).listDays({ fromDay: DAY, toDay: DAY });
  return state?.runNumber ?? 0;
};

async function look(): Promise<void> {
  schedule?.look();
  await schedule?.idle();
}

test(
  'a missed night is made up for, a failed round is begun again after an hour, and one that succeeded is not',
  async () => {
    // An archive file that is damaged: the round fails. Open days are only reported on, so no reader has to pass a marker.
    const folder = join(directory, 'events', `dt=${DAY}`, 'hour=09');
    const file = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(file);
    writeFileSync(file, 'not gzip');
    const clock = await scheduleAt(`${NEXT}T00:30:00Z`, 0);
    await look();
    expect(await rounds()).toBe(1);
    await look();
    clock.advance(HOUR_MS - 1);
    await look();
    expect(await rounds()).toBe(1);
    rmSync(file);
    writeFileSync(file, whole);
    clock.advance(1);
    await look();
    expect(await rounds()).toBe(2);
    clock.advance(HOUR_MS);
    await look();
    expect(await rounds()).toBe(2);
    clock.set(Date.parse('2026-11-22T00:00:00Z') - 1);
    await look();
    expect(await rounds()).toBe(2);
  },
  TIMEOUT_MS,
);

test('never means never', async () => {
  await scheduleAt('2026-11-25T03:00:00Z', null);
  await look();
  expect(await rounds()).toBe(0);
});
