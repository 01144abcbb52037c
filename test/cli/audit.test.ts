import { rmSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR_MS } from '../../core/time.js';
import { aServer, makeDataDirectory, stopServers } from '../server/a-server.js';
import { eventLine, runTally } from './run-tally.js';

const DAY = '2026-11-20';
const TIMEOUT_MS = 120_000;

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await makeDataDirectory();
});
afterEach(stopServers);

const tally = (...argv: string[]) =>
  runTally(['--data', dataDirectory, ...argv], {
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  });

/** A server whose clock starts at an instant; the data is the same each time. */
const serverAt = (instant: string) =>
  aServer({ dataDirectory, latenessMs: HOUR_MS, laneCount: 4, clockStartMs: Date.parse(instant) });

/** Counts three events of the day, and comes back when it has closed. */
async function aClosedDay() {
  const first = await serverAt(`${DAY}T09:00:00Z`);
  const events = ['1', '2', '3'].map((id) =>
    eventLine(id, { subject: 'home', time: `${DAY}T08:30:00.000Z` }),
  );
  await first.post(events.join('\n'), { 'content-type': 'application/x-ndjson' });
  await first.counted('page.viewed');
  await first.stop();
  return serverAt('2026-11-21T01:30:00Z');
}

test(
  'audits beside a running server, which then answers from the sealed totals',
  async () => {
    const server = await aClosedDay();
    const audit = await tally('audit', '--day', DAY, '--json');
    expect(audit).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(audit.stdout)).toMatchObject([
      { outcome: 'sealed', driftCount: 0, total: { events: 3 } },
    ]);

    expect((await tally('days')).stdout).toContain('sealed');
    expect(await tally('verify')).toMatchObject({ exitCode: 0 });
    const sql = await tally(
      'sql',
      `select type, count(*) as n from events where dt = '${DAY}' group by 1`,
      '--json',
    );
    expect(JSON.parse(sql.stdout)).toEqual({ type: 'page.viewed', n: 3 });

    const day = await (await server.get(`/v1/days/${DAY}`)).json();
    expect(day).toMatchObject({
      state: 'sealed',
      events: 3,
      drift: 0,
      act: 1,
      report: { outcome: 'sealed' },
    });
    const days = await (await server.get(`/v1/days?from=${DAY}&to=2026-11-21`)).json();
    expect(days).toMatchObject({ days: [{ day: DAY }] });
    const top = await (await server.get(`/v1/counters/page.viewed/top?day=${DAY}`)).json();
    expect(top).toEqual({
      type: 'page.viewed',
      day: DAY,
      subjects: [{ subject: 'home', value: 3, events: 3 }],
    });
    expect((await server.get('/v1/counters/page.viewed/top?day=2026-11-21')).status).toBe(404);
  },
  TIMEOUT_MS,
);

test(
  'a difference is an exit code, and a held day waits for a word',
  async () => {
    await aClosedDay();
    const folder = join(dataDirectory, 'events', `dt=${DAY}`, 'hour=09');
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    rmSync(join(dataDirectory, 'receipts'), { recursive: true });
    const audit = await tally('audit', '--day', DAY);
    expect(audit).toMatchObject({ exitCode: 1 });
    expect(audit.stdout).toContain('over_count');
    expect(await tally('seal', '--day', DAY, '--trust', 'journal')).toMatchObject({ exitCode: 0 });
    expect(await tally('verify')).toMatchObject({ exitCode: 0 });
  },
  TIMEOUT_MS,
);

test('a word must be one of the two witnesses', async () => {
  expect(await tally('seal', '--day', DAY, '--trust', 'me')).toMatchObject({ exitCode: 2 });
  expect(await tally('audit', '--day', '20.11.2026')).toMatchObject({ exitCode: 2 });
});

test('data that is not there is an error', async () => {
  expect(await runTally(['--data', '/nowhere/at/all', 'days'])).toMatchObject({ exitCode: 4 });
});
