/** What documents quote of the cost model is what the model says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectUnits } from '../../core/cost/expected-units.js';
import { billOf } from '../../core/cost/meter.js';
import { WORKLOAD_DEFAULT, type Workload } from '../../core/cost/workload.js';

const ROOT = join(__dirname, '../..');
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const usdOf = (given: Partial<Workload>): number =>
  billOf(expectUnits({ ...WORKLOAD_DEFAULT, ...given }).units, 1e9).usdPerBillion;
const shown = (usd: number): string => `$${Math.round(usd).toLocaleString('en-US')}`;

const SLOW = { freshnessSeconds: 60 };
const PROVISIONED = { capacity: 'provisioned' } as const;

it.each([1, 10, 100, 500])('quotes requests of %i events as the model has them', (eventsPerRequest) => {
  const [fast, slow, fastProvisioned, slowProvisioned] = [{}, SLOW, PROVISIONED, { ...SLOW, ...PROVISIONED }]
    .map((given) => usdOf({ ...given, eventsPerRequest }))
    .map(shown) as [string, string, string, string];
  expect(readText('docs/cost.md')).toContain(
    `| ${eventsPerRequest} | ${fast} | ${slow} | ${fastProvisioned} | ${slowProvisioned} |`,
  );
  expect(readText('README.md')).toContain(`| ${eventsPerRequest} | ${fast} | ${slow} | ${slowProvisioned} |`);
});

it('adds up its lines to the totals that it quotes', () => {
  const totals = [{}, SLOW, { ...SLOW, ...PROVISIONED }].map((given) => usdOf(given).toFixed(2));
  expect(readText('docs/cost.md')).toContain(
    `| **total** | ${totals.map((usd) => `**${usd}**`).join(' | ')} |`,
  );
});

it('quotes late events as the model has them', () => {
  const quoted = [{}, SLOW]
    .flatMap((given) => [usdOf(given), usdOf({ ...given, lateShare: 0.01 })])
    .map(shown);
  const [fast, fastLate, slow, slowLate] = quoted as [string, string, string, string];
  const text = readText('docs/cost.md').replace(/\s+/g, ' ');
  expect(text).toContain(`makes ${fast} into ${fastLate} at 5 s, and ${slow} into ${slowLate} at 60 s`);
});
