/** `npm run chaos`: seeds and seeds of the simulated world, until one breaks a guarantee or all have kept them. */
import { SingleBar } from 'cli-progress';
import { readChaosOptions, type ChaosOptions } from './chaos-options.js';
import { describeFailure, describeTotals, emptyTotals, withReport, type Totals } from './chaos-report.js';
import type { Mutant } from './mutants.js';
import { Runner } from './runner.js';
import type { RunReport } from './scenario.js';
import { shrink } from './shrink.js';
import type { SuiteMutant } from './suite-mutants.js';
import { SUITE_FAILED, exitCodeOf } from './suite-run.js';

interface WorldOptions extends ChaosOptions {
  readonly mutant: Mutant | null;
}

async function main(): Promise<void> {
  const { mutant, ...others } = readChaosOptions(process.argv);
  if (mutant !== null && 'suite' in mutant) process.exitCode = await breakSuite(mutant);
  else await run({ ...others, mutant });
}

/** Some breakages are outside the simulated world: a suite over the real thing must fail. */
async function breakSuite(mutant: SuiteMutant): Promise<number> {
  const isCaught = (await exitCodeOf(mutant)) === SUITE_FAILED;
  process.stdout.write(
    `Broken on purpose: ${mutant.rule}\n${isCaught ? 'caught' : 'NOT CAUGHT'} by ${mutant.suite}, in one run\n`,
  );
  return isCaught ? 0 : 1;
}

async function run(options: WorldOptions): Promise<void> {
  const startMs = performance.now();
  const runner = await Runner.start(options.mutant?.edits ?? [], options.threadCount);
  try {
    const { totals, failing } = await runAll(runner, options);
    const tookMs = performance.now() - startMs;
    print(options, describeTotals(totals, { tookMs, isBroken: failing !== undefined }), {
      ...totals,
      tookMs,
      failing: failing?.violation ?? null,
    });
    if (failing !== undefined && !options.isJson) await explain(runner, options, failing);
    if (failing === undefined && options.mutant !== null && !options.isJson)
      process.stdout.write(
        `\nBroken on purpose: ${options.mutant.rule}\nNOT CAUGHT within ${totals.seeds} seeds\n`,
      );
    const isAsExpected = (failing === undefined) === (options.mutant === null);
    process.exitCode = isAsExpected ? 0 : 1;
  } finally {
    await runner.stop();
  }
}

async function runAll(
  runner: Runner,
  { scenarios }: WorldOptions,
): Promise<{ totals: Totals; failing: RunReport | undefined }> {
  let totals = emptyTotals;
  let failing: RunReport | undefined;
  const bar = new SingleBar({
    format: '{bar} {value}/{total} seeds, {events} events, {eta_formatted} left',
    noTTYOutput: false,
  });
  if (process.stderr.isTTY) bar.start(scenarios.length, 0, { events: 0 });
  await runner.runAll(scenarios, (report) => {
    totals = withReport(totals, report);
    if (process.stderr.isTTY) bar.increment(1, { events: totals.events });
    if (report.violation !== null) failing = report;
    return failing === undefined;
  });
  bar.stop();
  return { totals, failing };
}

async function explain(runner: Runner, options: WorldOptions, failing: RunReport): Promise<void> {
  const scenario = options.scenarios.find(({ seed }) => seed === failing.seed);
  if (scenario === undefined || failing.violation === null) return;
  const { mutant, scenarios } = options;
  const about = { mutant, scenario, seedCount: failing.seed - (scenarios[0]?.seed ?? 0) + 1 };
  const shrunk = await shrink((smaller) => runner.run(smaller), scenario, failing.violation.kind);
  process.stdout.write(describeFailure(about, failing, shrunk));
}

function print({ isJson }: WorldOptions, text: string, figures: object): void {
  process.stdout.write(isJson ? `${JSON.stringify(figures)}\n` : text);
}

void main();
