import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from '../simulation/mutants.js';
import { SUITE_MUTANTS } from '../simulation/suite-mutants.js';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');

/** What stands between backticks on the lines that begin so. */
const namedOn = (label: string): string[] =>
  [...page.matchAll(new RegExp(`^- ${label}: (.+)$`, 'gm'))].flatMap(([, line = '']) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

it('names tests that exist', () => {
  const tests = namedOn('Test');
  expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(tests.length).toBeGreaterThan(10);
});

it('names every mutant, and no other', () => {
  const names = [...MUTANTS, ...SUITE_MUTANTS].map(({ name }) => name);
  expect([...new Set(namedOn('Mutants'))].sort()).toEqual(names.sort());
});

it('says of each breakage within how many seeds its mutant is caught', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  const stated = rows.flatMap((row) => [...row.matchAll(/`([a-z-]+)` \((\d+)\)/g)]);
  const seedsOf = new Map(MUTANTS.map(({ name, seeds }) => [name, seeds]));
  expect(
    stated.filter(([, name = '', seeds]) => seedsOf.get(name) !== Number(seeds)).map(([text]) => text),
  ).toEqual([]);
  expect(stated.length).toBeGreaterThan(20);
});

it('gives each guarantee a test and a mutant', () => {
  const guarantees = page.split(/^### /m).slice(1);
  const isProven = (text: string): boolean => text.includes('\n- Test: ') && text.includes('\n- Mutants: ');
  expect(guarantees.filter((text) => !isProven(text)).map((text) => text.split('\n')[0])).toEqual([]);
});
