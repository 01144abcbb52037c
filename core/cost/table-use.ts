/** What a day of a workload leaves in the tables. */
import { shardItemBytes, totalItemBytes } from './item-bytes.js';
import { distinctCounters, laneLoadsOf, type LaneLoad } from './lane-loads.js';
import type { Workload } from './workload.js';
import { COUNTER_NAME_BYTES, LATE_INCREMENTS, lastIncrements, type StoreUse } from './write-units.js';

export interface TableUse {
  readonly journalBytesPerDay: number;
  /** In the newest entries of the day's journals, all together. */
  readonly newestIncrementsPerDay: number;
  readonly counterBytesPerDay: number;
  readonly shardsPerDay: number;
  /** One total per counter that had events that day. */
  readonly totalsPerDay: number;
  readonly totalsBytesPerDay: number;
  /** How long journals and counter shards are kept. */
  readonly keptDays: number;
}

const SLICE_SECONDS = 300;
export const SLICES_PER_DAY = 288;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** Lateness, stream retention and margin as the stack has them (core/settings.ts): 2, 7 and 30 days after the day's end. */
const KEPT_DAYS = 0.5 + 2 + 7 + 30;

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
  const slicesPerShard = (touched(Math.max(SLICE_SECONDS, windowSeconds)) * 12) / shardsPerHour;
  const counterBytesPerDay =
    shardsPerDay * shardItemBytes(COUNTER_NAME_BYTES, minutesPerShard, slicesPerShard);
  const journalBytesPerDay = workload.eventsPerSecond * DAY_SECONDS * store.journalBytes;
  const totalsPerDay = Math.max(1, touched(DAY_SECONDS) - typeShards + workload.typeCount);
  const hoursPerTotal = Math.min(24, (shardsPerHour * 24) / totalsPerDay);
  return {
    journalBytesPerDay,
    newestIncrementsPerDay:
      SLICES_PER_DAY *
      loads.reduce((sum, load) => sum + newestIncrements(load, windowSeconds, workload.lateShare), 0),
    counterBytesPerDay,
    shardsPerDay,
    totalsPerDay,
    totalsBytesPerDay: totalsPerDay * totalItemBytes(COUNTER_NAME_BYTES, hoursPerTotal),
    keptDays: KEPT_DAYS,
  };
}

/** Late events touch two shards each, which mostly exist already: only of rare counters they are new. */
const lateShards = ({ eventsPerSecond, lateShare, counterCount }: Workload): number =>
  Math.min(eventsPerSecond * DAY_SECONDS * lateShare, counterCount);

/** Increments in the newest entry of a journal: a late event's where one came, and else those of the slice's last window. */
function newestIncrements(load: LaneLoad, windowSeconds: number, lateShare: number): number {
  const some = (events: number): number => -Math.expm1(-events);
  const perSlice = load.eventsPerSecond * SLICE_SECONDS;
  if (perSlice === 0) return 0;
  const isLate = some(perSlice * lateShare);
  return some(perSlice) * (isLate * LATE_INCREMENTS + (1 - isLate) * lastIncrements(load, windowSeconds));
}
