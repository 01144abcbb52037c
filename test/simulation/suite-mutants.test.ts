import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applyEdit } from './bundle.js';
import { SUITE_MUTANTS } from './suite-mutants.js';
import { SUITE_FAILED, exitCodeOf } from './suite-run.js';

/** Each mutant runs a suite in a process of its own: for `npm run test:mutants`. */
const itIfLong = process.env['TALLY_SIMULATION_SEEDS'] === undefined ? it.skip : it;

describe.each(SUITE_MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s', (_, mutant) => {
  const { edits, suite } = mutant;

  it('edits text that is there exactly once', async () => {
    await access(resolve(suite));
    for (const edit of edits) {
      const source = await readFile(resolve(edit.file), 'utf8');
      expect(applyEdit(source, edit)).not.toBe(source);
    }
  });

  itIfLong(`fails ${suite}`, async () => expect(await exitCodeOf(mutant)).toBe(SUITE_FAILED), 300_000);
});

/** Its mutants run in a copy: so must the proof that it passes. */
const isCopied = (suite: string): boolean =>
  SUITE_MUTANTS.some((mutant) => mutant.suite === suite && mutant.startsProcesses === true);

/** Else a suite that never passes would catch everything. */
describe.each([...new Set(SUITE_MUTANTS.map(({ suite }) => suite))])('%s', (suite) => {
  itIfLong(
    'passes over the source as it is',
    async () => expect(await exitCodeOf({ suite, edits: [], startsProcesses: isCopied(suite) })).toBe(0),
    300_000,
  );
});
