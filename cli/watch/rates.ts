import type { CounterNow, EventTotals, Look } from './look.js';

/** What changed between two looks. Rates are per second; `null`: there is none yet, or the server restarted. */
export interface Rates {
  readonly acceptedRate: number | null;
  readonly countedRate: number | null;
  readonly duplicateRate: number | null;
  readonly rejectedRate: number | null;
  readonly counters: readonly (CounterNow & { readonly rate: number | null })[];
}

/** Rates from two looks at one server, the counters that grow the most first. */
export function ratesOf(now: Look, before: Look | undefined): Rates {
  const { startedAt, events } = now.stats;
  const isSameServer = before?.stats.startedAt === startedAt;
  const eventsBefore = isSameServer ? before?.stats.events : undefined;
  const rate = (of: (events: EventTotals) => number): number | null =>
    before === undefined || events === undefined || eventsBefore === undefined
      ? null
      : perSecond(of(events) - of(eventsBefore), now.atMs - before.atMs);
  const valueBefore = new Map(before?.counters.map(({ type, value }) => [type, value]));
  const counters = now.counters.map((counter) => {
    const was = valueBefore.get(counter.type);
    // A counter outlives its server: its rate does not need to know about restarts.
    const isNew = before === undefined || was === undefined;
    return { ...counter, rate: isNew ? null : perSecond(counter.value - was, now.atMs - before.atMs) };
  });
  return {
    acceptedRate: rate(({ accepted }) => accepted),
    countedRate: rate(({ counted }) => counted),
    duplicateRate: rate(({ duplicate }) => duplicate),
    rejectedRate: rate(({ rejected }) => rejectedOf(rejected)),
    counters: counters.sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.value - a.value),
  };
}

export const rejectedOf = (byCode: Readonly<Record<string, number>>): number =>
  Object.values(byCode).reduce((sum, count) => sum + count, 0);

const perSecond = (growth: number, ms: number): number => (growth * 1_000) / Math.max(ms, 1);
