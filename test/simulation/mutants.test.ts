import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applyEdit } from './bundle.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { Runner } from './runner.js';
import type { RunReport } from './scenario.js';
import { isRuleKind } from './violation.js';

const THREADS = 2;
const EVENTS_PER_SEED = 100;
/** Mutants that take longer than this to be found are for `npm run test:mutants`. */
const SEEDS_SHORT = 40;
const SEEDS_MAX =
  process.env['TALLY_SIMULATION_SEEDS'] === undefined ? SEEDS_SHORT : Number.POSITIVE_INFINITY;
const CATCH_MS_MAX = 300_000;

/** The first report with a violation, in order of seeds. */
async function firstCaught({ edits, seeds, caughtBy }: Mutant): Promise<RunReport | undefined> {
  const runner = await Runner.start(edits, THREADS);
  let caught: RunReport | undefined;
  const scenarios = Array.from({ length: seeds }, (_, index) => ({
    seed: index + 1,
    eventCount: EVENTS_PER_SEED,
    checksRules: caughtBy === 'rule',
  }));
  try {
    await runner.runAll(scenarios, (report) => {
      if (report.violation !== null) caught = report;
      return caught === undefined;
    });
  } finally {
    await runner.stop();
  }
  return caught;
}

describe('the simulation catches', () => {
  const mutants = MUTANTS.filter(({ seeds }) => seeds <= SEEDS_MAX);
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (_, mutant) => {
      const caught = await firstCaught(mutant);
      expect(caught?.violation).toBeTruthy();
      expect(isRuleKind(caught?.violation?.kind ?? '')).toBe(mutant.caughtBy === 'rule');
    },
    CATCH_MS_MAX,
  );
});

describe('mutants', () => {
  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s edits text that is there exactly once',
    async (_, { edits }) => {
      for (const edit of edits) {
        const source = await readFile(resolve(edit.file), 'utf8');
        expect(applyEdit(source, edit)).not.toBe(source);
      }
    },
  );
});
