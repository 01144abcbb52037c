import type { FaultName } from './faults.js';
import type { Mutant } from './mutants.js';
import type { RunReport, Scenario } from './scenario.js';
import type { Shrunk } from './shrink.js';

/** Figures over many seeds. */
export interface Totals {
  readonly seeds: number;
  /** Distinct events in the streams. */
  readonly events: number;
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
  readonly drift: number;
}

/** What a person reads; of a longer trace, its end. */
const TRACE_LINES_MAX = 120;

export const emptyTotals: Totals = { seeds: 0, events: 0, faults: {}, drift: 0 };

export function withReport(totals: Totals, report: RunReport): Totals {
  const faults = { ...totals.faults };
  for (const [name, count] of Object.entries(report.faults) as [FaultName, number][])
    faults[name] = (faults[name] ?? 0) + count;
  return {
    seeds: totals.seeds + 1,
    events: totals.events + report.eventCount,
    faults,
    drift: totals.drift + report.drift,
  };
}

export function describeTotals({ seeds, events, faults, drift }: Totals, tookMs: number): string {
  const names = Object.keys(faults).sort() as FaultName[];
  const faultCount = names.reduce((sum, name) => sum + (faults[name] ?? 0), 0);
  return [
    `seeds   ${seeds}`,
    `events  ${events}`,
    `faults  ${faultCount}: ${names.map((name) => `${name} ${faults[name]}`).join(', ')}`,
    `drift   ${drift}`,
    `took    ${(tookMs / 1000).toFixed(1)} s`,
    '',
  ].join('\n');
}

/** What broke, how to see it again, and the shortest way there that was found. */
export function describeFailure(
  mutant: Mutant | null,
  scenario: Scenario,
  failing: RunReport,
  { scenario: small, report }: Shrunk,
): string {
  const again = `npm run chaos -- --seed ${scenario.seed} --seeds 1 --events ${scenario.eventCount}`;
  return [
    '',
    mutant === null ? 'A guarantee is broken.' : `Broken on purpose: ${mutant.rule}`,
    `seed ${failing.seed}: ${squeeze(failing.violation?.message ?? '')}`,
    mutant === null ? `again:  ${again}` : `caught within ${mutant.seeds} seeds, as promised`,
    '',
    `In short (seed ${small.seed}, ${small.eventCount} events):`,
    ...withoutMonotony(report.traceLines).slice(-TRACE_LINES_MAX).map(squeeze),
    '',
  ].join('\n');
}

/** An audit reads hundreds of journals: of a row of such reads the first tells all. */
const READ_OF_JOURNAL = /^\s*[\d.]+s {2}(\S+) +read lane \d+, [\d:]+ after entry 0$/;

function withoutMonotony(lines: readonly string[]): string[] {
  const readerOf = (line: string | undefined): string | undefined =>
    line === undefined ? undefined : READ_OF_JOURNAL.exec(line)?.[1];
  return lines.filter((line, index) => {
    const reader = readerOf(line);
    return reader === undefined || reader !== readerOf(lines[index - 1]);
  });
}

/** Subjects are long on purpose, and not for reading. */
const squeeze = (text: string): string => text.replace(/-{4,}/g, '--');
