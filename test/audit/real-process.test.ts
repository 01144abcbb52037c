/** Three days through the real server, killed and restarted, and the real command, killed wherever it is: nothing differs in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { DayReport } from '../../core/audit/report.js';
import { makeDataDirectory } from '../server/a-server.js';
import { aServerProcess, type ServerProcess } from '../server/a-server-process.js';
import { removeDirectory } from '../support/temporary-directory.js';
import { eventLine } from '../cli/run-tally.js';

const TIMEOUT_MS = 300_000;
const [FIRST, SECOND, THIRD, FOURTH] = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'] as const;

let directory: string;
let server: ServerProcess | undefined;
beforeEach(async () => {
  directory = await makeDataDirectory();
});
afterEach(async () => {
  await server?.end('SIGKILL');
  await removeDirectory(directory);
});

async function serverAt(instant: string, how: NodeJS.Signals = 'SIGTERM'): Promise<ServerProcess> {
  await server?.end(how);
  server = await aServerProcess(directory, {
    TALLY_CLOCK: instant,
    TALLY_LATENESS: '2h',
    TALLY_LANES: '4',
    TALLY_AUDIT_AT: 'never',
  });
  return server;
}

/** Events of a time, `prefix-0` to `prefix-(count-1)`, each of value 2. */
const events = (prefix: string, time: string, count: number): string =>
  Array.from({ length: count }, (_, n) =>
    eventLine(`${prefix}-${n}`, { time, subject: `s${n % 7}`, data: { value: 2 } }),
  ).join('\n');

async function post(
  body: string,
): Promise<{ status: number; accepted: number; rejected: { code: string }[] }> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${server?.url}/v1/events`, { method: 'POST', headers, body });
  return {
    status: response.status,
    ...((await response.json()) as { accepted: number; rejected: { code: string }[] }),
  };
}

const get = async (path: string): Promise<string> => (await fetch(`${server?.url}${path}`)).text();

function startTally(...argv: string[]) {
  const child = spawn(process.execPath, ['cli/tally.mjs', '--data', directory, ...argv], {
    cwd: join(__dirname, '../..'),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, ...output }));
  return { child, ended };
}

const tally = (...argv: string[]) => startTally(...argv).ended;

/** Kills `tally audit` as soon as a run of the day has a file of that name, or the day's act is there. */
async function killAt(name: string): Promise<void> {
  const { child, ended } = startTally('audit', '--day', FIRST);
  const folder = join(directory, 'audit', `dt=${FIRST}`);
  const filesNow = (): string[] =>
    existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const before = new Set(filesNow());
  const isThere = (): boolean => filesNow().some((file) => !before.has(file) && file.includes(name));
  while (child.exitCode === null && !isThere()) await turn();
  child.kill('SIGKILL');
  await ended;
}

async function liveThreeDays(): Promise<void> {
  await serverAt(`${FIRST}T09:00:00Z`);
  const morning = events('a', `${FIRST}T08:30:00.000Z`, 300);
  await post(morning);
  await post(morning);
  await post(events('b', `${FIRST}T08:59:59.999Z`, 100));
  // At once: what was acknowledged is neither counted nor archived yet.
  await serverAt('2026-11-21T01:58:00Z', 'SIGKILL');
  await post(morning);
  expect(await post(events('late', `${FIRST}T23:59:59.999Z`, 50))).toMatchObject({ accepted: 50 });
  await post(events('c', `${SECOND}T01:00:00.000Z`, 200));
  await serverAt('2026-11-21T02:00:00Z', 'SIGKILL');
  const tooLate = await post(events('never', `${FIRST}T23:59:59.999Z`, 3));
  expect(tooLate).toMatchObject({ status: 422, rejected: [{ code: 'time_too_old' }, {}, {}] });
  await serverAt(`${THIRD}T12:00:00Z`);
  await post(events('d', `${THIRD}T11:00:00.000Z`, 70));
  await serverAt(`${FOURTH}T03:00:00Z`, 'SIGKILL');
}

/** Sends until told to stop; answers how many events were accepted. */
async function load(isOver: () => boolean): Promise<number> {
  let accepted = 0;
  for (let round = 0; !isOver(); round++)
    accepted += (await post(events(`load-${round}`, `${FOURTH}T02:30:00.000Z`, 200))).accepted;
  return accepted;
}

interface Reply {
  readonly value: number;
  readonly events: number;
  readonly asOf: string;
  readonly lagMs: number;
}

/** The counter, with everything in it that was accepted before. */
async function counted(): Promise<Reply> {
  const ask = async () => JSON.parse(await get('/v1/counters/page.viewed')) as Reply;
  const { asOf, lagMs } = await ask();
  const nowMs = Date.parse(asOf) + lagMs;
  for (;;) {
    const reply = await ask();
    if (Date.parse(reply.asOf) >= nowMs) return reply;
  }
}

test(
  'three days seal without drift beside a server under load, and the chain verifies',
  async () => {
    await liveThreeDays();
    let isOver = false;
    const loading = load(() => isOver);
    for (const step of ['snapshot', 'staged', 'corrections', 'totals', 'report']) await killAt(step);
    const audit = await tally('audit', '--json');
    isOver = true;
    const loaded = await loading;
    expect(audit).toMatchObject({ exitCode: 0 });
    // The kill behind the totals may have come too late to keep the first day from being sealed.
    const reports = JSON.parse(audit.stdout) as DayReport[];
    expect(reports.filter(({ outcome }) => outcome === 'sealed').length).toBeGreaterThanOrEqual(2);
    for (const { driftCount, drift } of reports) expect([driftCount, drift]).toEqual([0, []]);

    const days = JSON.parse((await tally('days', '--json')).stdout) as Record<string, unknown>[];
    expect(
      days.map(({ day, state, value, events: count, drift }) => [day, state, value, count, drift]),
    ).toEqual([
      [FIRST, 'sealed', 900, 450, 0],
      [SECOND, 'sealed', 400, 200, 0],
      [THIRD, 'sealed', 140, 70, 0],
      [FOURTH, 'open', null, null, null],
    ]);
    expect(await tally('verify')).toMatchObject({ exitCode: 0 });
    const { value, events: count } = await counted();
    expect({ value, events: count }).toEqual({ value: 1_440 + 2 * loaded, events: 720 + loaded });
    expect(await get('/metrics')).toContain(
      `tally_last_sealed_day_timestamp_seconds ${Date.parse(`${THIRD}T00:00:00Z`) / 1000}`,
    );
    expect(JSON.parse(await get('/v1/health'))).toMatchObject({ sealedThrough: THIRD, overdue: null });
  },
  TIMEOUT_MS,
);
