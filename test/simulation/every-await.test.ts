import type { Edit } from './bundle.js';
import { MUTANTS } from './mutants.js';
import { Runner } from './runner.js';

const DELIVERIES = [
  { workerCount: 1, retriesWarm: true },
  { workerCount: 1, retriesWarm: false },
  { workerCount: 2, retriesWarm: true },
  { workerCount: 2, retriesWarm: false },
] as const;

/** All pairs of faults take minutes: they belong to `npm run test:simulation`. */
const DEPTH = process.env['TALLY_SIMULATION_SEEDS'] === undefined ? 1 : 2;
const EXPLORE_MS_MAX = 1_800_000;

/** Entries so small that the small case needs two of them. */
const SMALLEST_ENTRIES: Edit = {
  file: 'core/limits.ts',
  find: 'ENTRY_BYTES_MAX = 2 * 1024',
  replace: 'ENTRY_BYTES_MAX = 1024',
};

async function withRunner<T>(edits: readonly Edit[], use: (runner: Runner) => Promise<T>): Promise<T> {
  const runner = await Runner.start([SMALLEST_ENTRIES, ...edits], 1);
  try {
    return await use(runner);
  } finally {
    await runner.stop();
  }
}

it.each(DELIVERIES)(
  'a batch is counted exactly, whatever fails at whichever call: %j',
  async (delivery) => {
    const exploration = await withRunner([], (runner) => runner.explore(delivery, DEPTH));
    expect(exploration.failure).toBeNull();
    expect(exploration.caseCount).toBeGreaterThan(exploration.callCount ** DEPTH);
  },
  EXPLORE_MS_MAX,
);

/** Mutants that one fault at the right call brings to light. */
it.each(['settle', 'ids-before-append', 'unknown-append-is-success', 'split-unsettled', 'append-condition'])(
  'a single fault at the right call shows what is broken without %s',
  async (name) => {
    const edits = MUTANTS.find((mutant) => mutant.name === name)?.edits ?? [];
    const failures: (string | null)[] = [];
    for (const delivery of DELIVERIES) {
      failures.push((await withRunner(edits, (runner) => runner.explore(delivery, 1))).failure);
    }
    expect(failures.filter((failure) => failure !== null)).not.toEqual([]);
  },
);
