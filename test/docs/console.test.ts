import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Health } from '../../server/health.js';
import { PrometheusMetrics } from '../../server/prometheus-metrics.js';

const page = readFileSync(join(__dirname, '../../docs/console.md'), 'utf8');

const HEALTH: Health = {
  status: 'ok',
  asOf: '2026-11-21T09:15:02.120Z',
  lagMs: 0,
  backlog: { chunks: 0, bytes: 0 },
  readers: { count: 'running', archive: 'running' },
  sealedThrough: null,
  overdue: null,
};

it('lists each of our metrics, and no other', async () => {
  const text = await new PrometheusMetrics().text(HEALTH);
  const served = [...text.matchAll(/^# TYPE (tally_\w+)/gm)].map(([, name]) => name);
  const rows = page.split('\n').filter((line) => line.startsWith('| `tally_'));
  const listed = rows.flatMap((row) => [...row.matchAll(/`(tally_\w+)`/g)].map(([, name]) => name));
  expect(listed.sort()).toEqual(served.sort());
  const alarms = page.split('```promql')[1]?.split('```')[0] ?? '';
  for (const [name] of alarms.matchAll(/tally_\w+/g)) expect(served).toContain(name);
});

it('lists each field of health, and no other', () => {
  const table = page.split('| field | what it says |')[1]?.split('\n\n')[0] ?? '';
  const listed = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(listed.sort()).toEqual(Object.keys(HEALTH).sort());
});
