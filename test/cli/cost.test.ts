import { runTally } from './run-tally.js';

interface CostReply {
  readonly usdPerBillion: number;
  readonly priceListVersion: string;
  readonly workload: Record<string, unknown>;
  readonly batching: { readonly stripeCount: number };
  readonly lines: readonly { readonly usdPerBillion: number }[];
  readonly savings: readonly { readonly change: string; readonly usdPerBillion: number }[];
  readonly usualPatterns: readonly { readonly usdPerBillion: number }[];
}

const costOf = async (...flags: string[]): Promise<CostReply> =>
  JSON.parse((await runTally(['cost', '--counters', '1000', ...flags, '--json'])).stdout) as CostReply;

it('prints a table by line, one by service, and what the usual patterns cost', async () => {
  const { exitCode, stdout, stderr } = await runTally(['cost', '--counters', '1000']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^API Gateway +requests +10\.0 M +request of up to 512 KB +10\.00$/m);
  expect(stdout).toMatch(/^total +\d+\.\d\d$/m);
  // 3 writes for each of a billion events at $0.625 a million.
  expect(stdout).toMatch(/^conditional put, then increment +3\.000 +1,875\.00 +loses counts$/m);
  expect(stdout).toMatch(/^Prices of \d{4}-\d{2}-\d{2}, us-east-1/m);
});

it('adds up: the total is the sum of its lines', async () => {
  const { usdPerBillion, lines } = await costOf();
  expect(lines.reduce((sum, line) => sum + line.usdPerBillion, 0)).toBeCloseTo(usdPerBillion, 6);
});

it('takes every flag into the workload', async () => {
  const flags =
    '--rate 200 --zipf 0.5 --types 7 --late 0.02 --per-request 9 --freshness 30 --lanes 16 --stripes 2 ' +
    '--event-bytes 300 --capacity provisioned --archive-months 6';
  expect((await costOf(...flags.split(' '))).workload).toEqual({
    eventsPerSecond: 200,
    counterCount: 1_000,
    zipfExponent: 0.5,
    typeCount: 7,
    lateShare: 0.02,
    eventsPerRequest: 9,
    freshnessSeconds: 30,
    laneCount: 16,
    stripeCount: 2,
    eventBytes: 300,
    capacity: 'provisioned',
    archiveMonths: 6,
  });
});

it('says when a load needs more stripes, or a batch is full before its window', async () => {
  const { stdout } = await runTally([
    'cost',
    '--counters',
    '1000',
    '--per-request',
    '1',
    '--freshness',
    '60',
  ]);
  expect(stdout).toContain('The load needs 16 stripes');
  expect(stdout).toMatch(/A batch is full after [\d.]+ s, before the window of 60 s/);
});

it('says what would be cheaper, and by how much, the largest saving first', async () => {
  const { savings, usdPerBillion } = await costOf('--per-request', '10');
  expect(savings.map(({ change }) => change)).toContain('requests of 100 events instead of 10');
  const amounts = savings.map((saving) => saving.usdPerBillion);
  expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
  const larger = await costOf('--per-request', '100');
  const [saved] = savings.filter(({ change }) => change.startsWith('requests'));
  expect(saved?.usdPerBillion).toBeCloseTo(usdPerBillion - larger.usdPerBillion, 6);
  const { stdout } = await runTally(['cost', '--counters', '1000', '--per-request', '10']);
  expect(stdout).toMatch(/^requests of 100 events instead of 10 +\d+\.\d\d +\d+ %$/m);
});

it('says what it comes to in a month', async () => {
  const { usdPerBillion } = await costOf('--rate', '10');
  const { stdout } = await runTally(['cost', '--counters', '1000', '--rate', '10']);
  // 730 hours at 10 events a second.
  const aMonth = (usdPerBillion * 730 * 3_600 * 10) / 1e9;
  expect(stdout).toContain(`: $${aMonth.toFixed(2)} a month.`);
});

it.each([
  { argv: ['--rate', '0'], says: 'Accepted: a number' },
  { argv: ['--late', '2'], says: 'Accepted: a number, 0 to 1' },
  { argv: ['--lanes', '48'], says: 'Accepted: a power of two' },
  { argv: ['--stripes', '3'], says: 'Accepted: a power of two' },
  { argv: ['--rate', 'fast'], says: "'fast' is invalid" },
  { argv: ['--types', '5', '--counters', '4'], says: '--types 5 is more than --counters 4' },
  { argv: ['--stripes', '8', '--lanes', '4'], says: '--stripes 8 is more than --lanes 4' },
  { argv: ['--per-request', '6000'], says: 'Accepted: a whole number, 1 to 5000' },
  { argv: ['--shards', '4'], says: "unknown option '--shards'" },
  { argv: ['--capacity', 'reserved'], says: 'on-demand, provisioned' },
])('refuses $argv', async ({ argv, says }) => {
  const { exitCode, stderr } = await runTally(['cost', ...argv]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
