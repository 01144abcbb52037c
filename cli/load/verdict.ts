import { formatCount, tableOf } from '../table.js';
import type { ArchiveCount } from './archive.js';
import type { Counted } from './counted.js';
import { minus, plus, type Count } from './expected.js';
import { subjectOf, type LoadPlan } from './generate.js';
import type { LoadResult } from './run-load.js';

const SHOWN_MAX = 20;

/** One counter: what it must say, and what it says. */
export interface Comparison {
  readonly counter: string;
  readonly expected: Count;
  readonly counted: Count;
}

/** What a load proved. */
export interface Verdict {
  readonly plan: LoadPlan;
  readonly total: Comparison;
  readonly subjects: readonly Comparison[];
  /** Distinct events in the archive; only where it can be read. */
  readonly archive?: ArchiveCount;
  readonly kills: number;
  readonly retried: number;
  readonly load: LoadResult;
}

/** What the load added to each counter: so counters need not begin at zero. */
export function compare(
  plan: LoadPlan,
  { expected }: LoadResult,
  keys: readonly number[],
  before: Counted,
  after: Counted,
): Pick<Verdict, 'total' | 'subjects'> {
  return {
    total: { counter: plan.type, expected: expected.total, counted: minus(after.total, before.total) },
    subjects: keys.map((key) => ({
      counter: `${plan.type}/${subjectOf(key)}`,
      expected: expected.ofKey(key),
      counted: minus(after.ofKey(key), before.ofKey(key)),
    })),
  };
}

const isExact = ({ expected, counted }: Comparison): boolean =>
  expected.value === counted.value && expected.events === counted.events;

const isArchiveExact = ({ archive, total }: Verdict): boolean =>
  archive === undefined || archive.distinctCount === total.expected.events;

/** Nothing was rejected, every counter says what it must, and the archive holds every event. */
export const isProven = (verdict: Verdict): boolean =>
  verdict.load.rejections.count === 0 &&
  isExact(verdict.total) &&
  verdict.subjects.every(isExact) &&
  isArchiveExact(verdict);

export function jsonOf(verdict: Verdict): string {
  const { plan, total, subjects, archive, kills, retried, load } = verdict;
  return `${JSON.stringify({
    exact: isProven(verdict),
    ...plan,
    total,
    subjects: { verified: subjects.length, different: subjects.filter((one) => !isExact(one)) },
    ...(archive === undefined ? {} : { archive }),
    rejected: load.rejections.groups(),
    requests: load.requestCount,
    sent: load.sentCount,
    durationMs: load.durationMs,
    kills,
    retried,
  })}\n`;
}

export function textOf(verdict: Verdict): string {
  const { total, subjects, archive, load } = verdict;
  const different = subjects.filter((one) => !isExact(one));
  const verified = subjects.reduce<Comparison>(
    (sum, one) => ({
      ...sum,
      expected: plus(sum.expected, one.expected),
      counted: plus(sum.counted, one.counted),
    }),
    { counter: `${formatCount(subjects.length)} subjects verified`, expected: NOTHING, counted: NOTHING },
  );
  const rows = [total, verified, ...different.slice(0, SHOWN_MAX)].flatMap(rowsOf);
  const archiveRow = archive === undefined ? [] : [archiveRowOf(archive, total)];
  return [
    summaryOf(verdict),
    tableOf(['counter', 'of', 'expected', 'counted', 'difference'], [...rows, ...archiveRow]),
    load.rejections.count === 0 ? '' : `${load.rejections.table()}\n`,
    isProven(verdict)
      ? 'exact: every event is counted once\n'
      : `NOT exact: ${whyNot(verdict, different.length)}\n`,
  ].join('');
}

const NOTHING: Count = { value: 0, events: 0 };

function summaryOf({ plan, load, kills, retried }: Verdict): string {
  const perSecond = Math.round((plan.count / Math.max(1, load.durationMs)) * 1_000);
  const duplicates = load.sentCount - plan.count;
  return [
    `${formatCount(plan.count)} events and ${formatCount(duplicates)} duplicates`,
    `in ${formatCount(load.requestCount)} requests, ${formatCount(perSecond)} events/s acknowledged,`,
    `${formatCount(retried)} retries, ${formatCount(kills)} kills; type ${plan.type}, seed ${plan.seed}\n\n`,
  ].join(' ');
}

const rowsOf = ({ counter, expected, counted }: Comparison): (string | number)[][] => [
  [counter, 'value', expected.value, counted.value, counted.value - expected.value],
  ['', 'events', expected.events, counted.events, counted.events - expected.events],
];

const archiveRowOf = ({ distinctCount }: ArchiveCount, { expected }: Comparison): (string | number)[] => [
  'archive',
  'events',
  expected.events,
  distinctCount,
  distinctCount - expected.events,
];

function whyNot(verdict: Verdict, differentCount: number): string {
  const reasons = [
    verdict.load.rejections.count > 0
      ? `${formatCount(verdict.load.rejections.count)} events were rejected`
      : '',
    isExact(verdict.total) ? '' : 'the total differs',
    differentCount === 0 ? '' : `${formatCount(differentCount)} subjects differ`,
    isArchiveExact(verdict) ? '' : 'the archive differs',
  ];
  return reasons.filter((reason) => reason !== '').join(', ');
}
