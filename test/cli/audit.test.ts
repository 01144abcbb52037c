import { appendFileSync, cpSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NAMED_QUERIES, namedQuery } from '../../cli/named-queries.js';
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
  'says of a day that still takes events that it only looked',
  async () => {
    const server = await serverAt(`${DAY}T09:00:00Z`);
    await server.post(eventLine('1', { subject: 'home', time: `${DAY}T08:30:00.000Z` }), {
      'content-type': 'application/x-ndjson',
    });
    await server.counted('page.viewed');
    const audit = await tally('audit', '--day', DAY);
    expect(audit.exitCode).toBe(0);
    expect(audit.stdout + audit.stderr).toContain(
      `${DAY} still takes events, so this is a look and no judgement`,
    );
    expect((await tally('days', '--day', DAY)).stdout).toContain('a look and no judgement');
  },
  TIMEOUT_MS,
);

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
    expect((await tally('days', '--day', DAY)).stdout).toContain('Newest audit, run 1');
    expect(await tally('verify')).toMatchObject({ exitCode: 0 });
    const totals = await tally('sql', '--named', 'daily-totals', '--from', DAY, '--json');
    expect(totals.stdout).toContain('{"event_day":"2026-11-20","type":"page.viewed","events":3,"value":3}');
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
    expect(audit.stdout).toContain(`tally seal --day ${DAY} --trust journal`);
    expect((await tally('days', '--day', DAY)).stdout).toContain('over_count');
    expect(await tally('seal', '--day', DAY, '--trust', 'journal')).toMatchObject({ exitCode: 0 });
    expect(await tally('verify')).toMatchObject({ exitCode: 0 });
  },
  TIMEOUT_MS,
);

test('a word must be one of the two witnesses', async () => {
  expect(await tally('seal', '--day', DAY, '--trust', 'me')).toMatchObject({ exitCode: 2 });
  expect(await tally('audit', '--day', '20.11.2026')).toMatchObject({ exitCode: 2 });
});

test(
  'a day that can have no audit is refused, and leaves no trace',
  async () => {
    await aClosedDay();
    for (const argv of [['audit'], ['seal', '--trust', 'journal']])
      for (const day of ['2026-11-22', '2026-11-19', '1999-01-01'])
        expect(await tally(...argv, '--day', day)).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining('day_unknown') as string,
        });
    expect(JSON.parse((await tally('days', '--json')).stdout)).toMatchObject([{ day: DAY }]);
    expect(await tally('days', '--day', '2026-11-19')).toMatchObject({ exitCode: 2 });
  },
  TIMEOUT_MS,
);

test(
  'a copy of the evidence verifies by itself, and tells when it was touched',
  async () => {
    await aClosedDay();
    await tally('audit');
    const copy = join(dataDirectory, 'copy');
    cpSync(join(dataDirectory, 'audit'), copy, { recursive: true });
    expect(await runTally(['verify', '--files', copy])).toMatchObject({ exitCode: 0, stdout: '' });
    const [act = ''] = readdirSync(join(copy, 'acts'));
    const text = readFileSync(join(copy, 'acts', act), 'utf8');
    const totals = (JSON.parse(text) as { totals: { file: string } }).totals.file;
    appendFileSync(join(copy, totals), ' ');
    const touched = await runTally(['verify', '--files', copy]);
    expect(touched).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(totals) as string });
    expect(await runTally(['verify', '--files', dataDirectory])).toMatchObject({ exitCode: 4 });
  },
  TIMEOUT_MS,
);

test(
  'an audit that is overtaken says so',
  async () => {
    await aClosedDay();
    const first = tally('audit', '--day', DAY);
    const second = tally('audit', '--day', DAY);
    const [a, b] = await Promise.all([first, second]);
    const codes = [a.exitCode, b.exitCode].sort();
    // Either one stops, or the second came after the first had sealed.
    expect([
      [0, 4],
      [0, 0],
    ]).toContainEqual(codes);
    if (codes[1] === 4) expect(a.stderr + b.stderr).toContain('audit_overtaken');
  },
  TIMEOUT_MS,
);

describe('named queries', () => {
  test('are the texts in sql/analysts, each with what it needs', async () => {
    const { stdout } = await runTally(['sql', '--list', '--json']);
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; answers: string });
    const texts = readdirSync(join(__dirname, '../../sql/analysts')).map((file) => file.replace('.sql', ''));
    expect(listed.map(({ name }) => name)).toEqual(texts.sort());
    expect(Object.keys(NAMED_QUERIES).sort()).toEqual(texts);
    for (const { answers } of listed) expect(answers).toMatch(/\w{3}.*\.$/);
    const flags = { from: DAY, day: DAY, type: 'used', limit: 3 };
    for (const name of texts) {
      const { sql, values } = await namedQuery(name, flags);
      expect([name, values.length]).toEqual([name, sql.split('?').length - 1]);
    }
  });

  test.each([
    { argv: ['sql', '--named', 'daily-total'], says: 'accepted: conflicts, daily-totals' },
    { argv: ['sql', '--named', 'top-subjects'], says: '--type <type>' },
    { argv: ['sql'], says: '--list' },
    { argv: ['sql', 'select 1', '--named', 'conflicts'], says: 'either' },
  ])('$argv is refused with what to do', async ({ argv, says }) => {
    const { exitCode, stderr } = await runTally(argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(says) as string });
  });

  test('SQL that DuckDB refuses is named so', async () => {
    expect(await runTally(['--data', dataDirectory, 'sql', 'selec 1'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('query_failed') as string,
    });
  });
});

test('data that is not there is an error', async () => {
  expect(await runTally(['--data', '/nowhere/at/all', 'days'])).toMatchObject({ exitCode: 4 });
});
