import { describeFailure } from './chaos-report.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { Runner } from './runner.js';
import { livesThroughDays, type RunReport, type Scenario } from './scenario.js';
import { shrink, type Shrunk } from './shrink.js';

const EVENTS = 100;
/** What a person may be asked to read. */
const READABLE_LINES_MAX = 100;

const mutantOf = (name: string): Mutant => {
  const mutant = MUTANTS.find((candidate) => candidate.name === name);
  if (mutant === undefined) throw new RangeError(`there is no mutant ${name}`);
  return mutant;
};

describe('a failing seed', () => {
  const mutant = mutantOf('settle');
  let runner: Runner;
  let failing: Scenario;
  let first: RunReport;
  let shrunk: Shrunk;

  beforeAll(async () => {
    runner = await Runner.start(mutant.edits, 1);
    for (let seed = 1; ; seed++) {
      // What days break takes audits to show, and those have much to tell.
      if (livesThroughDays(seed)) continue;
      failing = { seed, eventCount: EVENTS, checksRules: false };
      first = await runner.run({ ...failing, keepsTrace: true });
      if (first.violation !== null) break;
    }
    shrunk = await shrink((scenario) => runner.run(scenario), failing, first.violation.kind);
  }, 120_000);

  afterAll(() => runner.stop());

  it('does the same again, line by line, also in another process', async () => {
    expect(await runner.run({ ...failing, keepsTrace: true })).toEqual(first);
    const other = await Runner.start(mutant.edits, 1);
    expect(await other.run({ ...failing, keepsTrace: true })).toEqual(first);
    await other.stop();
  });

  it('is shown by a trace that a person can read, which ends with what is broken', async () => {
    const { report, scenario } = shrunk;
    expect(report.violation?.kind).toBe(first.violation?.kind);
    const text = describeFailure({ mutant, scenario: failing, seedCount: 1 }, first, shrunk);
    expect(text.split('\n').length).toBeLessThan(READABLE_LINES_MAX);
    expect(report.traceLines.length).toBeLessThan(first.traceLines.length);
    expect(report.traceLines.at(-1)).toContain(report.violation?.message);
    expect(await runner.run(scenario)).toEqual(report);
  });

  it('says how to see it again', () => {
    const scenario = { ...failing, duplicateShare: 0.2, rates: { crashBefore: 0.01, throttled: 0.3 } };
    const text = describeFailure({ mutant: null, scenario, seedCount: 1 }, first, shrunk);
    const flags = `--seed ${failing.seed} --seeds 1 --events ${EVENTS} --duplicates 0.2 --crash 0.03 --throttle 0.3`;
    expect(text).toContain(`npm run chaos -- ${flags}\n`);
    expect(text).toContain(`seed ${failing.seed}: ${first.violation?.kind}`);
  });
});
