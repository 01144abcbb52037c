import { METRICS } from '../../core/metric-names.js';
import type { Health } from '../../server/health.js';
import { PrometheusMetrics } from '../../server/prometheus-metrics.js';
import { aServer, eventOfNow, stopServers } from './a-server.js';

const HEALTH: Health = {
  status: 'degraded',
  asOf: '2026-11-21T09:15:02.120Z',
  lagMs: 1_500,
  backlog: { chunks: 2, bytes: 300 },
  readers: { count: 'running', archive: 'failing' },
  sealedThrough: '2026-11-19',
  overdue: null,
};

interface Family {
  readonly help: string;
  type?: string;
  readonly samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9.e+-]+|Na[nN]|[+-]Inf)$`);

/** Reads the text format strictly: families in one piece, HELP and TYPE before samples, nothing twice, a newline at the end. */
function parse(text: string): Map<string, Family> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  let current = '';
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, kind, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      families.set((current = name), { help: rest, samples: new Map() });
      continue;
    }
    const family = families.get(current);
    if (family === undefined || (kind === 'TYPE' && name !== current))
      throw new Error(`out of place: ${line}`);
    if (kind === 'TYPE') {
      family.type = rest;
      continue;
    }
    const [, sample = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    const key = `${sample}{${labels}}`;
    const isOfFamily = sample === current || new RegExp(`^${current}_(bucket|sum|count)$`).test(sample);
    if (!isOfFamily || family.type === undefined || family.samples.has(key))
      throw new Error(`wrong: ${line}`);
    family.samples.set(key, Number(value));
  }
  return families;
}

const own = (families: ReadonlyMap<string, Family>): [string, Family][] =>
  [...families].filter(([name]) => name.startsWith('tally_'));

afterEach(stopServers);

it('has every metric, named as Prometheus wants names, each with what it means', async () => {
  const families = parse(await new PrometheusMetrics().text(HEALTH));
  const counters = own(families).filter(([, { type }]) => type === 'counter');
  expect(counters).toHaveLength(Object.keys(METRICS).length);
  for (const [name, { help, type }] of own(families)) {
    expect(name).toMatch(/^tally_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    // Base units, and none of ours in camel case or milliseconds.
    expect(name).not.toMatch(/_(ms|milliseconds|kb|count)(_|$)/);
    expect(help).toMatch(/^[A-Z0-9].{15,}\.$/);
  }
  expect(counters.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'tally_events_accepted_total',
      'tally_audit_drift_total',
      'tally_audit_runs_total',
    ]),
  );
});

it('says how the server is, in base units', async () => {
  const families = parse(await new PrometheusMetrics().text(HEALTH));
  const valueOf = (name: string, labels = ''): number | undefined =>
    families.get(name)?.samples.get(`${name}{${labels}}`);
  expect(valueOf('tally_lag_seconds')).toBe(1.5);
  expect(valueOf('tally_backlog_bytes')).toBe(300);
  expect(valueOf('tally_backlog_chunks')).toBe(2);
  expect(valueOf('tally_reader_failing', 'reader="archive"')).toBe(1);
  expect(valueOf('tally_reader_failing', 'reader="count"')).toBe(0);
  expect(valueOf('tally_last_sealed_day_timestamp_seconds')).toBe(Date.parse('2026-11-19') / 1_000);
});

it('is at zero from the start, so that a first increase is seen as one', async () => {
  const families = parse(await new PrometheusMetrics().text(HEALTH));
  for (const [, { type, samples }] of own(families)) {
    expect(samples.size).toBeGreaterThan(0);
    if (type === 'counter') expect([...new Set(samples.values())]).toEqual([0]);
  }
  const reasons = [...(families.get('tally_lines_rejected_total')?.samples.keys() ?? [])];
  expect(reasons).toContain('tally_lines_rejected_total{reason="day_refused"}');
});

it('counts what a real server did', async () => {
  const server = await aServer();
  await server.post([eventOfNow(), eventOfNow(), eventOfNow({ type: 'a/b' })]);
  await server.statsOf(2);
  const response = await server.get('/metrics');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
  const families = parse(await response.text());
  const sampleOf = (name: string, labels = ''): number | undefined =>
    families.get(name)?.samples.get(`${name}{${labels}}`);
  expect(sampleOf('tally_events_accepted_total')).toBe(2);
  expect(sampleOf('tally_events_counted_total')).toBe(1);
  expect(sampleOf('tally_events_duplicate_total')).toBe(1);
  expect(sampleOf('tally_events_rejected_total', 'code="type_invalid"')).toBe(1);
  expect(sampleOf('tally_entries_appended_total')).toBe(1);
});

it('refuses in the check itself what is not the format', () => {
  const family = '# HELP a Some.\n# TYPE a counter\n';
  for (const wrong of [
    'a 1\n',
    `${family}b 1\n`,
    `${family}a 1\na 2\n`,
    `${family}a{b=c} 1\n`,
    `${family}a one\n`,
  ])
    expect(() => parse(wrong)).toThrow();
});
