import { eventLine, runTally } from './run-tally.js';
import { TallyStub } from '../client/tally-stub.js';

let stub: TallyStub;
beforeEach(async () => void (stub = await TallyStub.start()));
afterEach(() => stub.stop());

describe('usage', () => {
  it('shows examples first, and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await runTally(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Examples:\n {2}tally send/);
    expect(stdout).toContain('Exit codes: 0 ok; 1');
    expect(stderr).toBe('');
  });

  it.each(['send', 'get', 'health', 'cost'])(
    'shows examples first for %s, and the global options',
    async (command) => {
      const { exitCode, stdout } = await runTally([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Examples:\n {2}.*tally ${command}`));
      expect(stdout).toContain('--url <url>');
    },
  );

  it.each([
    { argv: ['sned'], says: "unknown command 'sned' (Did you mean send?)" },
    { argv: ['get'], says: "missing required argument 'type'" },
    { argv: ['get', 'x', '--granularity', 'week'], says: 'Accepted: minute, PT1M' },
    { argv: ['get', 'x', '--from', 'yesterday'], says: 'Accepted: a day (2026-11-21)' },
    { argv: ['health', '--url', 'nowhere'], says: 'url is nowhere' },
    { argv: ['send', '--jsno'], says: "unknown option '--jsno' (Did you mean --json?)" },
  ])('refuses $argv in one line and with exit code 2', async ({ argv, says }) => {
    const { exitCode, stdout, stderr } = await runTally(argv);
    expect(stderr).toMatch(/^tally: (parameter|options)_invalid: [^\n]+\n$/);
    expect(stderr).toContain(says);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

describe('the server', () => {
  it('is the flag, else the environment', async () => {
    const env = { TALLY_URL: stub.url };
    expect(await runTally(['health'], { env })).toMatchObject({ exitCode: 0 });
    expect(await runTally(['health', '--url', 'http://127.0.0.1:1'], { env })).toMatchObject({ exitCode: 3 });
  });

  it('is told the key', async () => {
    await runTally(['health', '--url', stub.url], { env: { TALLY_KEY: 'from-env' } });
    await runTally(['health', '--url', stub.url, '--key', 'from-flag'], { env: { TALLY_KEY: 'from-env' } });
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer from-env',
      'Bearer from-flag',
    ]);
  });

  it('unreachable: one line that says what to do, exit code 3', async () => {
    const { exitCode, stderr } = await runTally(['get', 'x', '--url', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^tally: unreachable: no answer from http:\/\/127\.0\.0\.1:1: .+TALLY_URL\.\n$/);
  });

  it('refusing: its code and what it says, exit code 4', async () => {
    stub.faults.push({ status: 401, body: '{"code":"unauthorized","detail":"no key was given"}' });
    const { exitCode, stderr } = await runTally(['get', 'x', '--url', stub.url]);
    expect(exitCode).toBe(4);
    expect(stderr).toBe('tally: unauthorized: no key was given (give a key with --key or TALLY_KEY)\n');
  });
});

describe('get', () => {
  beforeEach(async () => {
    const lines = ['a', 'b', 'c'].map((id) => eventLine(id, { data: { value: 1_000 } }));
    await runTally(['send', '--url', stub.url], { stdin: lines.join('\n') });
  });

  it('prints rows of all pages, the total and its age', async () => {
    stub.pageRowsMax = 2;
    const { exitCode, stdout } = await runTally([
      'get',
      'page.viewed',
      '--granularity',
      'minute',
      '--url',
      stub.url,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'from                      to                        value  events  status',
      ...Array<string>(3).fill('2026-11-21T09:15:02.120Z  2026-11-21T09:15:02.120Z  1,000       1  live'),
      '',
      'total 3,000 in 3 events',
      'as of 2026-11-21T09:15:02.120Z (0 ms behind), sealed through -',
      '',
    ]);
  });

  it('asks for what the flags say', async () => {
    const flags = ['--subject', '/a?b', '--from', '2026-11-21', '--to', '2026-11-21T10:00:00+01:00'];
    await runTally(['get', 'page.viewed', ...flags, '--granularity', 'hour', '--url', stub.url]);
    const asked = new URL(stub.requests.at(-1)?.path ?? '', stub.url);
    expect(asked.pathname).toBe('/v1/counters/page.viewed');
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      subject: '/a?b',
      from: '2026-11-21T00:00:00Z',
      to: '2026-11-21T10:00:00+01:00',
      granularity: 'PT1H',
    });
  });

  it('prints the reply as JSON', async () => {
    const { stdout } = await runTally(['get', 'page.viewed', '--json', '--url', stub.url]);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'page.viewed', value: 3_000, events: 3 });
  });
});

describe('health', () => {
  it('prints every field, and fails when the server is not well', async () => {
    stub.healths = [{ status: 'stopping', backlog: { chunks: 1234, bytes: 5 } }];
    const { exitCode, stdout } = await runTally(['health', '--url', stub.url]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^status +stopping$/m);
    expect(stdout).toMatch(/^backlog\.chunks +1234$/m);
  });
});
