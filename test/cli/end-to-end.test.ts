/** The command line against the real server, in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerChild } from '../../cli/load/server-child.js';
import type { Io } from '../../cli/io.js';
import { eventLine, runTally, type Run } from './run-tally.js';

/** The world as it is: the server's clock is the real one. */
const REAL: Pick<Io, 'nowMs' | 'sleep' | 'randomBytes'> = {
  nowMs: () => Date.now(),
  sleep: (ms) => sleep(ms),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};

let data: string;
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'tally-end-to-end-'))));
afterEach(() => rm(data, { recursive: true }));

it('counts exactly while its server is killed, and the archive holds every event', async () => {
  const argv = [
    'load',
    '--count',
    '6000',
    '--kill',
    '2',
    '--duplicates',
    '0.2',
    '--verify',
    'all',
    '--keys',
    '50',
  ];
  const { exitCode, stdout, stderr } = await runTally([...argv, '--data', data, '--json'], {
    ...REAL,
    env: process.env as Record<string, string>,
  });
  expect(stderr).toBe(`tally: the data is kept in ${data}\n`);
  expect(JSON.parse(stdout)).toMatchObject({
    exact: true,
    kills: 2,
    total: { expected: { events: 6_000 }, counted: { events: 6_000 } },
    subjects: { verified: 50, different: [] },
    archive: { distinctCount: 6_000 },
  });
  expect(exitCode).toBe(0);
});

describe('a server that runs', () => {
  let server: ServerChild;
  beforeEach(
    async () => void (server = await ServerChild.start(data, { ...REAL, env: process.env })),
    90_000,
  );
  afterEach(() => server.stop());

  const tally = (argv: readonly string[], stdin = ''): Promise<Run> =>
    runTally(argv, { ...REAL, stdin, env: { TALLY_URL: server.url, TALLY_DATA: data } });

  it('takes events, says what is wrong with the others, and counts a second delivery zero times', async () => {
    const time = new Date().toISOString();
    const lines = [
      eventLine('a', { time }),
      'garbage',
      eventLine('b', { time, type: 'a/b' }),
      eventLine('c', { time }),
    ];
    const sent = await tally(['send'], lines.join('\n'));
    expect(sent.exitCode).toBe(1);
    expect(sent.stdout).toMatch(/^2 accepted, 2 rejected$/m);
    expect(sent.stdout).toMatch(/^json_invalid +1 +stdin:2/m);
    expect(sent.stdout).toMatch(/^type_invalid +1 +stdin:3 +b/m);
    await tally(['send'], lines.join('\n'));
    const load = await tally(['load', '--count', '500', '--verify', 'all']);
    expect(load).toMatchObject({ exitCode: 0 });
    const got = await tally(['get', 'page.viewed', '--granularity', 'day', '--json']);
    expect(JSON.parse(got.stdout)).toMatchObject({
      value: 2,
      events: 2,
      rows: [{ value: 2, status: 'live' }],
    });
    expect(await tally(['health'])).toMatchObject({ exitCode: 0 });
  });

  it('takes a key that was made meanwhile, and refuses it once it is revoked', async () => {
    const { stdout: token } = await tally(['keys', 'create', '--scope', 'read']);
    const id = token.split('_')[1] ?? '';
    expect(await tally(['get', 'page.viewed', '--key', token.trim()])).toMatchObject({ exitCode: 0 });
    const wrong = `${token.trim().slice(0, -1)}${token.trim().endsWith('0') ? '1' : '0'}`;
    expect(await tally(['get', 'page.viewed', '--key', wrong])).toMatchObject({ exitCode: 4 });
    await tally(['keys', 'revoke', id]);
    expect(await tally(['get', 'page.viewed', '--key', token.trim()])).toMatchObject({ exitCode: 4 });
  });
});
