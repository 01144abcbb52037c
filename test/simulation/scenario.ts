import { FAULTS, type FaultName, type FaultRates } from './faults.js';
import type { Random } from './random.js';

/** All that a run depends on. Plain data: two runs of one scenario do the same, in any process. */
export interface Scenario {
  readonly seed: number;
  /** Distinct events that clients send, about. */
  readonly eventCount: number;
  readonly duplicateShare?: number;
  /** Replace what the seed draws, fault by fault. */
  readonly rates?: FaultRates;
  /** Shrinking: faults and requests, by number, that are left out. */
  readonly suppressedFaults?: readonly number[];
  readonly suppressedRequests?: readonly number[];
  /** False: find broken outcomes only, not broken rules (see `RULE_KINDS`). */
  readonly checksRules?: boolean;
  readonly keepsTrace?: boolean;
}

/** What one run came to. */
export interface RunReport {
  readonly seed: number;
  readonly violation: { readonly kind: string; readonly message: string } | null;
  /** Two runs with one digest were the same, step by step. */
  readonly digest: string;
  readonly eventCount: number;
  readonly requestCount: number;
  /** Counted minus expected, over all counters. */
  readonly drift: number;
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
  readonly faultCount: number;
  readonly steps: number;
  readonly traceLines: readonly string[];
}

/** Rates under which a batch still gets through after a few attempts. */
const BASE_RATES: Readonly<Record<FaultName, number>> = {
  throttled: 0.03,
  requestLost: 0.02,
  responseLost: 0.03,
  retried: 0.02,
  late: 0.02,
  slow: 0.02,
  crashBefore: 0.005,
  crashAfter: 0.01,
  timeOut: 0.01,
  partialPut: 0.05,
  storedLate: 1,
  duplicateRecord: 0.05,
  clientResends: 0.1,
  answerLost: 0.1,
  secondPoller: 0.05,
  oldCheckpoint: 0.02,
  coldStart: 0.1,
  reshard: 0.5,
  redeploy: 0.3,
  longBackoff: 0.5,
  stopEarly: 0.1,
  archiveDuplicate: 0.05,
  damagedChunk: 0.3,
  countingStalls: 3,
  archiveStalls: 3,
  archiveOvertaken: 0.01,
  archiveLoss: 0.2,
  setAside: 0.5,
  counterDamage: 0.7,
  newLateness: 0.5,
  twoAudits: 1,
  overtaken: 0.5,
  wrongTrust: 1,
};

/** What an audit has to find. One kind in a run: what two witnesses lost together, no third one knows (docs/audit.md). */
const DAMAGES = ['archiveOvertaken', 'archiveLoss', 'setAside', 'counterDamage'] as const;
/** How often each is drawn. Losses of the archive have many outcomes. */
const DAMAGE_DRAW = [...DAMAGES, 'archiveLoss', 'archiveLoss', 'counterDamage'] as const;

/**
 * The rates of a seed. Each fault is off in some seeds: a fault that is always there hides what needs its absence.
 */
export function drawRates(random: Random, { dayCount }: Shape): FaultRates {
  const names = Object.keys(FAULTS) as FaultName[];
  const intensity = random.pick([0.2, 0.5, 1]);
  const rates = names.map((name) => [
    name,
    random.chance(0.4) ? 0 : Math.min(1, BASE_RATES[name] * intensity),
  ]);
  const damage = dayCount > 0 && random.chance(0.6) ? random.pick(DAMAGE_DRAW) : null;
  const damages = DAMAGES.map((name) => [name, name === damage ? BASE_RATES[name] : 0]);
  // Only such a loss leaves a day to a person, who then may err.
  const errors = damage === 'archiveLoss' ? [['wrongTrust', BASE_RATES.wrongTrust]] : [];
  return Object.fromEntries([...rates, ...damages, ...errors]) as FaultRates;
}

/** From this many events on, a run is about what happens to large batches, not about single events. */
export const LARGE_EVENTS = 1_000;

/** The shape of a seed's world. */
export interface Shape {
  /** Days that the run goes through, each of them audited; 0: it is over in minutes. */
  readonly dayCount: number;
  readonly latenessMs: number;
  readonly laneCount: number;
  readonly shardCount: number;
  readonly epochMs: number;
  readonly spanMs: number;
  readonly journalConcurrency: number;
  readonly commitEventCountMax: number;
  readonly cacheBytesMax: number;
}

/** Of so many seeds one lives through days. */
const DAYS_EVERY_SEEDS = 3;
export const livesThroughDays = (seed: number): boolean => seed % DAYS_EVERY_SEEDS === 0;

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Short enough to be over soon; one longer than a day, so that days are open side by side. */
export const LATENESSES_MS = [HOUR_MS, 3 * HOUR_MS, 30 * HOUR_MS] as const;

export function drawShape(random: Random, { seed, eventCount }: Scenario): Shape {
  const dayCount = livesThroughDays(seed) ? random.integer(1, 2) : 0;
  // An audit reads every journal of its day, also the empty ones: fewer lanes, more audits.
  const laneCount = random.pick(dayCount > 0 ? [1, 2] : [1, 2, 4, 8]);
  return {
    dayCount,
    latenessMs: dayCount > 0 ? random.pick(LATENESSES_MS) : 48 * HOUR_MS,
    laneCount,
    shardCount: random.pick([1, 2, 4].filter((count) => count <= laneCount)),
    // Near a midnight and an hour's end, so that runs cross them.
    epochMs: Date.parse('2026-11-21T23:40:00Z') + random.integer(0, 25 * 60_000),
    spanMs: dayCount > 0 ? dayCount * DAY_MS : random.pick([1, 5, 15]) * 60_000,
    journalConcurrency: random.pick([1, 2, 8]),
    commitEventCountMax: random.pick(eventCount < LARGE_EVENTS ? [1, 50, 5_000] : [500, 5_000]),
    cacheBytesMax: random.pick(eventCount < LARGE_EVENTS ? [0, 2_000, 1_000_000] : [50_000, 1_000_000]),
  };
}
