import { livesThroughDays, type RunReport, type Scenario } from './scenario.js';

/** Sizes to try, smallest first: the fewer events, the shorter the trace. */
const EVENT_COUNTS = [1, 2, 3, 5, 8, 13, 21, 34, 55] as const;
const SEEDS_PER_SIZE = 100;

type Run = (scenario: Scenario) => Promise<RunReport>;

/** A run that breaks the same guarantee as another one, with less happening in it. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly report: RunReport;
}

/**
 * Make a failing scenario smaller while it still breaks the same guarantee: fewer events (under this seed or a near one),
 * then fewer requests, then fewer faults.
 */
export async function shrink(run: Run, failing: Scenario, kind: string): Promise<Shrunk> {
  const fails = async (scenario: Scenario): Promise<boolean> =>
    (await run(scenario)).violation?.kind === kind;
  const small = await withFewerEvents(fails, failing);
  const { requestCount } = await run(small);
  const suppressedRequests = await withoutMost(requestCount, (numbers) =>
    fails({ ...small, suppressedRequests: numbers }),
  );
  const sparse = { ...small, suppressedRequests };
  const { faultCount } = await run(sparse);
  const suppressedFaults = await withoutMost(faultCount, (numbers) =>
    fails({ ...sparse, suppressedFaults: numbers }),
  );
  const scenario = { ...sparse, suppressedFaults, keepsTrace: true };
  return { scenario, report: await run(scenario) };
}

async function withFewerEvents(
  fails: (scenario: Scenario) => Promise<boolean>,
  failing: Scenario,
): Promise<Scenario> {
  const seeds = Array.from({ length: SEEDS_PER_SIZE }, (_, index) => failing.seed + index);
  // What breaks within minutes too is shown by minutes: days are long to read.
  for (const isOfDays of [false, true]) {
    for (const eventCount of EVENT_COUNTS.filter((count) => count < failing.eventCount)) {
      for (const seed of seeds.filter((each) => livesThroughDays(each) === isOfDays)) {
        const scenario = { ...failing, seed, eventCount };
        if (await fails(scenario)) return scenario;
      }
    }
  }
  return failing;
}

/** As many of the numbers below `count` as can be left out together: halves first, then ever smaller runs of them. */
async function withoutMost(
  count: number,
  stillFails: (numbers: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let leftOut: readonly number[] = [];
  for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count; from += size) {
      const run = Array.from({ length: Math.min(size, count - from) }, (_, index) => from + index);
      const more = [...new Set([...leftOut, ...run])];
      if (more.length > leftOut.length && (await stillFails(more))) leftOut = more;
    }
  }
  return leftOut;
}
