/** What a day of a workload leaves in the tables, and what its audits read of it. */
import { readUnits } from './billed-units.js';
import { shardItemBytes, totalItemBytes } from './item-bytes.js';
import { distinctCounters, laneLoadsOf } from './lane-loads.js';
import type { Workload } from './workload.js';
import { COUNTER_NAME_BYTES, type StoreUse } from './write-units.js';

export interface TableUse {
  readonly journalBytesPerDay: number;
  readonly counterBytesPerDay: number;
  /** One total per counter that had events that day. */
  readonly totalsPerDay: number;
  readonly totalsBytesPerDay: number;
  /** How long journals and counter shards are kept. */
  readonly keptMonths: number;
  readonly auditReadUnitsPerDay: number;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** Lateness, stream retention and margin as the stack has them (core/settings.ts): 2, 7 and 30 days after the day's end. */
const KEPT_DAYS = 0.5 + 2 + 7 + 30;
const DAYS_PER_MONTH = 730 / 24;
/** Each night one day is sealed and one is reported on. */
const AUDITS_PER_DAY = 2;

export function expectTableUse(workload: Workload, store: StoreUse, windowSeconds: number): TableUse {
  const loads = laneLoadsOf(workload);
  const touched = (seconds: number): number =>
    loads.reduce((sum, load) => sum + distinctCounters(load, seconds), 0);
  // The types' counters are in every lane; a total adds them up.
  const typeShards =
    loads.reduce((sum, { counterRates }) => sum + counterRates.length, 0) - workload.counterCount;
  const shardsPerHour = touched(HOUR_SECONDS);
  const shardsPerDay = shardsPerHour * 24 + lateShards(workload);
  const minutesPerShard = (touched(60) * 60) / shardsPerHour;
  const slicesPerShard = (touched(Math.max(300, windowSeconds)) * 12) / shardsPerHour;
  const counterBytesPerDay =
    shardsPerDay * shardItemBytes(COUNTER_NAME_BYTES, minutesPerShard, slicesPerShard);
  const journalBytesPerDay = workload.eventsPerSecond * DAY_SECONDS * store.journalBytes;
  const totalsPerDay = Math.max(1, touched(DAY_SECONDS) - typeShards + workload.typeCount);
  const hoursPerTotal = Math.min(24, (shardsPerHour * 24) / totalsPerDay);
  return {
    journalBytesPerDay,
    counterBytesPerDay,
    totalsPerDay,
    totalsBytesPerDay: totalsPerDay * totalItemBytes(COUNTER_NAME_BYTES, hoursPerTotal),
    keptMonths: KEPT_DAYS / DAYS_PER_MONTH,
    auditReadUnitsPerDay:
      AUDITS_PER_DAY *
      // The day's journals are queried; the counters are scanned whole, because phantoms must be found.
      (readUnits(journalBytesPerDay, 'strong') + readUnits(counterBytesPerDay * KEPT_DAYS, 'eventual')),
  };
}

/** Late events touch two shards each, which mostly exist already: only of rare counters they are new. */
const lateShards = ({ eventsPerSecond, lateShare, counterCount }: Workload): number =>
  Math.min(eventsPerSecond * DAY_SECONDS * lateShare, counterCount);
