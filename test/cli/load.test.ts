import { TallyStub, type Fault } from '../client/tally-stub.js';
import { runTally } from './run-tally.js';

let stub: TallyStub;
beforeEach(async () => void (stub = await TallyStub.start()));
afterEach(() => stub.stop());

const load = (...argv: string[]): ReturnType<typeof runTally> =>
  runTally([
    'load',
    '--url',
    stub.url,
    '--seed',
    '7',
    '--type',
    'load.test',
    '--count',
    '2000',
    '--keys',
    '20',
    ...argv,
  ]);

it('counts exactly what it sent, duplicates once', async () => {
  const { exitCode, stdout } = await load('--duplicates', '0.3');
  expect(stdout).toMatch(/^load\.test .*\n +events +2,000 +2,000 +0$/m);
  expect(stdout).toMatch(/^20 subjects verified +value/m);
  expect(stdout).toContain('exact: every event is counted once\n');
  expect(exitCode).toBe(0);
  expect(stub.stored.size).toBe(2_000);
  expect(stub.posts.flatMap(({ lines }) => lines).length).toBeGreaterThan(2_300);
});

it('is exact also when answers are lost', async () => {
  stub.faults.push(
    ...Array.from({ length: 10 }, (_, i): Fault => (i % 2 === 0 ? 'break' : 'storeThenBreak')),
  );
  expect(await load()).toMatchObject({ exitCode: 0 });
});

it.each([
  { counter: 'load.test', why: 'the total differs' },
  { counter: 'load.test/k3', why: '1 subjects differ' },
])('finds a drift of one in $counter', async ({ counter, why }) => {
  stub.drift.set(counter, 1);
  const { exitCode, stdout } = await load();
  expect(stdout).toContain(`NOT exact: ${why}`);
  expect(exitCode).toBe(1);
});

it('sees what it added to counters that were not at zero', async () => {
  await load();
  const second = await runTally(['load', '--url', stub.url, '--type', 'load.test'], {
    randomBytes: (count) => new Uint8Array(count).fill(8),
  });
  expect(second).toMatchObject({ exitCode: 0 });
  expect(stub.stored.size).toBe(12_000);
});

it('waits until everything is counted', async () => {
  stub.healths = [
    { asOf: '2026-11-21T09:00:00.000Z', lagMs: 2_000 },
    { asOf: '2026-11-21T09:00:01.999Z', lagMs: 3_000 },
    { asOf: '2026-11-21T09:00:02.000Z', lagMs: 4_000 },
  ];
  await load();
  expect(stub.requests.filter(({ path }) => path === '/v1/health')).toHaveLength(3);
});

it('gives up waiting when nothing is counted', async () => {
  stub.healths = [{ lagMs: 1, backlog: { chunks: 2, bytes: 9 } }];
  let nowMs = 0;
  const { exitCode, stderr } = await runTally(
    ['load', '--url', stub.url, '--count', '10', '--at', '2026-11-21T09:00:00Z'],
    { nowMs: () => (nowMs += 10_000) },
  );
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(
    /^tally: catch_up_stalled: counting stands at 2026-11-21T09:15:02.120Z .* 2 chunks behind/,
  );
});

it('keeps to the rate', async () => {
  let nowMs = 0;
  const sleep = async (ms: number): Promise<void> => void (nowMs += ms);
  const argv = [
    'load',
    '--url',
    stub.url,
    '--count',
    '1000',
    '--rate',
    '100',
    '--concurrency',
    '1',
    '--duplicates',
    '0',
  ];
  await runTally(argv, { nowMs: () => nowMs, sleep });
  expect(nowMs).toBe(9_000);
});

it('says why events were rejected, and fails', async () => {
  const { exitCode, stdout } = await load('--type', '');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^type_invalid +2,\d+ +generated/m);
  expect(stdout).toContain('events were rejected');
});

it('gives the result as JSON', async () => {
  const { stdout } = await load('--json', '--verify', 'all');
  expect(JSON.parse(stdout)).toMatchObject({
    exact: true,
    seed: 7,
    total: { expected: { events: 2_000 }, counted: { events: 2_000 } },
    subjects: { verified: 20, different: [] },
    rejected: [],
  });
});

it.each([
  { argv: ['--count', '0'], says: 'a whole number, 1 to' },
  { argv: ['--duplicates', '5%'], says: 'a number, 0 to 1' },
  { argv: ['--verify', 'some'], says: 'or all' },
])('refuses $argv', async ({ argv, says }) => {
  const { exitCode, stderr } = await load(...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
