/** `npm run chaos`: seeds and seeds of the simulated world, until one breaks a guarantee or all have kept them. */
import { SingleBar } from 'cli-progress';
import { readChaosOptions, type ChaosOptions } from './chaos-options.js';
import { describeFailure, describeTotals, emptyTotals, withReport, type Totals } from './chaos-report.js';
import { Runner } from './runner.js';
import type { RunReport } from './scenario.js';
import { shrink } from './shrink.js';

async function main(): Promise<void> {
  const options = readChaosOptions(process.argv);
  const startMs = performance.now();
  const runner = await Runner.start(options.mutant?.edits ?? [], options.threadCount);
  try {
    const { totals, failing } = await runAll(runner, options);
    const tookMs = performance.now() - startMs;
    print(options, describeTotals(totals, tookMs), {
      ...totals,
      tookMs,
      failing: failing?.violation ?? null,
    });
    if (failing !== undefined && !options.isJson) await explain(runner, options, failing);
    const isAsExpected = (failing === undefined) === (options.mutant === null);
    process.exitCode = isAsExpected ? 0 : 1;
  } finally {
    await runner.stop();
  }
}

async function runAll(
  runner: Runner,
  { scenarios }: ChaosOptions,
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

async function explain(runner: Runner, options: ChaosOptions, failing: RunReport): Promise<void> {
  const scenario = options.scenarios.find(({ seed }) => seed === failing.seed);
  if (scenario === undefined || failing.violation === null) return;
  const shrunk = await shrink((smaller) => runner.run(smaller), scenario, failing.violation.kind);
  process.stdout.write(describeFailure(options.mutant, scenario, failing, shrunk));
}

function print({ isJson }: ChaosOptions, text: string, figures: object): void {
  process.stdout.write(isJson ? `${JSON.stringify(figures)}\n` : text);
}

void main();
