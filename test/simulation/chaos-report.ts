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

export function describeTotals(
  { seeds, events, faults, drift }: Totals,
  { tookMs, isBroken }: { tookMs: number; isBroken: boolean },
): string {
  const names = Object.keys(faults).sort() as FaultName[];
  const faultCount = names.reduce((sum, name) => sum + (faults[name] ?? 0), 0);
  return [
    `seeds   ${seeds}`,
    `events  ${events}`,
    `faults  ${faultCount}: ${names.map((name) => `${name} ${faults[name]}`).join(', ')}`,
    `drift   ${drift}${isBroken ? ' (the last seed ended before it was quiet)' : ''}`,
    `took    ${(tookMs / 1000).toFixed(1)} s`,
    '',
  ].join('\n');
}

/** What broke, how to see it again, and the shortest way there that was found. */
export function describeFailure(
  { mutant, scenario, seedCount }: { mutant: Mutant | null; scenario: Scenario; seedCount: number },
  failing: RunReport,
  { scenario: small, report }: Shrunk,
): string {
  const shown = withoutMonotony(report.traceLines, report.violation?.kind === 'answer-wrong');
  const leftOut = Math.max(0, shown.length - TRACE_LINES_MAX);
  return [
    '',
    mutant === null ? 'A guarantee is broken.' : `Broken on purpose: ${mutant.rule}`,
    `seed ${failing.seed}: ${squeeze(failing.violation?.message ?? '')}`,
    mutant === null
      ? `again:  ${commandOf(scenario)}`
      : `caught by seed ${seedCount} in a row; promised within ${mutant.seeds}`,
    '',
    `In short (seed ${small.seed}, ${small.eventCount} events${leftOut === 0 ? '' : `; ${leftOut} lines before are left out`}):`,
    'date and time (UTC)  who         what, and [what went wrong with it]',
    ...shown.slice(-TRACE_LINES_MAX).map(squeeze),
    '',
  ].join('\n');
}

/** The same run again, alone. */
function commandOf({ seed, eventCount, duplicateShare, rates = {} }: Scenario): string {
  const { crashBefore, throttled } = rates;
  const flags = [
    `--seed ${seed} --seeds 1 --events ${eventCount}`,
    ...(duplicateShare === undefined ? [] : [`--duplicates ${duplicateShare}`]),
    ...(crashBefore === undefined ? [] : [`--crash ${crashBefore * 3}`]),
    ...(throttled === undefined ? [] : [`--throttle ${throttled}`]),
  ];
  return `npm run chaos -- ${flags.join(' ')}`;
}

/** An audit reads hundreds of journals and files, and settles what is settled: what it writes and finds tells what it did. */
const READ_BY_AUDIT = /^\S+ \S+ {2}audit-\d+ +(read|list|scan) [^[]*$/;
const SETTLED_BEFORE = /^\S+ \S+ {2}audit-\d+ +apply .* -> known$/;
const WORKING_FILE =
  /^\S+ \S+ {2}audit-\d+ +write \S+\/(snapshot|notes|adjusted|drift|journal_ids|corrections|judged)\/\S+$/;
/** Who looks at counters changes nothing. */
const QUESTION = /^\S+ \S+ {2}reader /;

function withoutMonotony(lines: readonly string[], isAboutAnswers: boolean): string[] {
  const dull = [READ_BY_AUDIT, SETTLED_BEFORE, WORKING_FILE, ...(isAboutAnswers ? [] : [QUESTION])];
  return lines.filter((line) => !dull.some((pattern) => pattern.test(line)) || FAILED.test(line));
}

/** A fault is never dull: in brackets if the call took effect, behind a colon if not. */
const FAILED = /(\]|: (throttled|requestLost|crashBefore))$/;

/** Subjects are long on purpose, and not for reading. */
const squeeze = (text: string): string => text.replace(/-{4,}/g, '--');
