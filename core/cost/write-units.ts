/**
 * What counting costs in DynamoDB, by expectation: write units, calls and bytes per event.
 *
 * Events come as a Poisson stream. In each window and slice, a lane with events appends an entry and writes each counter that it
 * touched once. `npm run bench -- --only write-units` measures the same and reports how far the two are apart.
 */
import { FILTER_BYTES_PER_ID } from '../count/journal-filter.js';
import { ENTRY_BYTES_MAX, FILTER_IDS_MIN } from '../limits.js';
import { ID_BYTES } from '../identity.js';
import { incrementBytes, MINUTE_INCREMENT_BYTES } from '../journal.js';
import { SECOND_MS, SLICE_MS } from '../time.js';
import { readUnits, writeUnits } from './billed-units.js';
import { distinctCounters, laneLoadsOf, type LaneLoad } from './lane-loads.js';
import { ENTRY_FRAME_BYTES, incrementFrameBytes, MINUTE_BYTES } from './item-bytes.js';
import { LATE_SECONDS_MAX, type Workload } from './workload.js';

/** Per event. */
export interface StoreUse {
  readonly journalWriteUnits: number;
  readonly counterWriteUnits: number;
  /** Journals that are read before a late event can be admitted, or for the first time. */
  readonly readUnits: number;
  readonly calls: number;
  readonly journalBytes: number;
}

const SLICE_SECONDS = SLICE_MS / SECOND_MS;
const LATE_SLICES = LATE_SECONDS_MAX / SLICE_SECONDS;
/** A counter's name, `type/subject`. */
export const COUNTER_NAME_BYTES = 18;
/** Of the worker's memory, for the index of ids (lambdas/count.ts, core/count/journal-cache.ts); and what an id takes there (core/count/id-index.ts). */
const CACHE_BYTES = 240 * 1024 * 1024;
const CACHED_ID_BYTES = 6.5;
/** Where in a window a slice may end: the mean over these stands for the mean over all. */
const PHASES = [0.1, 0.3, 0.5, 0.7, 0.9];

/** Expected use of the store per event, under a batching window that may differ from the one asked for. */
export function expectStoreUse(workload: Workload, windowSeconds: number): StoreUse {
  const loads = laneLoadsOf(workload);
  const punctual = sliceUse(loads, windowSeconds, 1 - workload.lateShare);
  const late = lateUse(loads, windowSeconds, workload);
  const eventCount = workload.eventsPerSecond * SLICE_SECONDS;
  const perEvent = (pick: (use: Use) => number): number => (pick(punctual) + pick(late)) / eventCount;
  const reads = readsOf(punctual, late, loads, workload, windowSeconds);
  return {
    journalWriteUnits: perEvent(({ journalUnits }) => journalUnits) + reads.writeUnits / eventCount,
    counterWriteUnits: perEvent(({ counterUnits }) => counterUnits),
    readUnits: reads.readUnits / eventCount,
    calls: perEvent(({ entries, counterUnits }) => entries + counterUnits),
    journalBytes: perEvent(({ bytes }) => bytes),
  };
}

interface Use {
  journalUnits: number;
  counterUnits: number;
  entries: number;
  bytes: number;
}

const noUse = (): Use => ({ journalUnits: 0, counterUnits: 0, entries: 0, bytes: 0 });

function addTimes(sum: Use, use: Use, times: number): void {
  sum.journalUnits += use.journalUnits * times;
  sum.counterUnits += use.counterUnits * times;
  sum.entries += use.entries * times;
  sum.bytes += use.bytes * times;
}

/** One slice of the events that come in time. Its first window began in the slice before: both get a part of it. */
function sliceUse(loads: readonly LaneLoad[], windowSeconds: number, share: number): Use {
  const window = Math.min(windowSeconds, SLICE_SECONDS);
  const wholeWindows = SLICE_SECONDS / window - 1;
  const use = noUse();
  addTimes(use, lanesUse(loads, window * share), wholeWindows);
  // Each end of the slice cuts a window into two parts; by symmetry both parts are windows of a random length.
  for (const phase of PHASES) {
    addTimes(use, lanesUse(loads, window * phase * share), 1 / PHASES.length);
    addTimes(use, lanesUse(loads, window * (1 - phase) * share), 1 / PHASES.length);
  }
  return use;
}

/** Late events in as many seconds as a slice has: spread over all slices that they may belong to. */
function lateUse(loads: readonly LaneLoad[], windowSeconds: number, { lateShare }: Workload): Use {
  const use = noUse();
  if (lateShare === 0) return use;
  const exposureSeconds = (windowSeconds * lateShare) / LATE_SLICES;
  addTimes(use, lanesUse(loads, exposureSeconds), (SLICE_SECONDS / windowSeconds) * LATE_SLICES);
  return use;
}

/** One window of all lanes. `seconds` is how long a lane must be open to get as many events as it does. */
function lanesUse(loads: readonly LaneLoad[], seconds: number): Use {
  const use = noUse();
  for (const load of loads) addTimes(use, laneUse(load, seconds), 1);
  return use;
}

/** One window of one lane: one entry, or as many as it takes to stay within an entry's size. */
function laneUse(load: LaneLoad, seconds: number): Use {
  const fullSeconds = secondsToFill(load, seconds);
  if (fullSeconds === null) return entryUse(load, seconds);
  const use = noUse();
  const fullEntries = Math.floor(seconds / fullSeconds);
  addTimes(use, entryUse(load, fullSeconds), fullEntries);
  addTimes(use, entryUse(load, seconds - fullEntries * fullSeconds), 1);
  return use;
}

/** An increment as drafting reckons it, without its minutes. */
const RECKONED_FRAME_BYTES = incrementBytes({ counter: 'x'.repeat(COUNTER_NAME_BYTES), minutes: [] });

/** After how long an entry is full; `null`: it is not, within the window. */
function secondsToFill(load: LaneLoad, seconds: number): number | null {
  const reckoned = (within: number): number =>
    load.eventsPerSecond * within * ID_BYTES +
    distinctCounters(load, within) * RECKONED_FRAME_BYTES +
    minutesTouched(load, within) * MINUTE_INCREMENT_BYTES;
  if (reckoned(seconds) <= ENTRY_BYTES_MAX) return null;
  let [low, high] = [0, seconds];
  for (let halving = 0; halving < 20; halving++) {
    const middle = (low + high) / 2;
    if (reckoned(middle) <= ENTRY_BYTES_MAX) low = middle;
    else high = middle;
  }
  return high;
}

/** One entry: there is none if nothing came. */
function entryUse(load: LaneLoad, seconds: number): Use {
  const events = load.eventsPerSecond * seconds;
  const entries = -Math.expm1(-events);
  if (entries === 0) return noUse();
  const increments = distinctCounters(load, seconds);
  const variableBytes =
    events * ID_BYTES +
    increments * incrementFrameBytes(COUNTER_NAME_BYTES) +
    minutesTouched(load, seconds) * MINUTE_BYTES;
  const bytes = entries * ENTRY_FRAME_BYTES + variableBytes;
  const spread = (variableBytes / entries) * Math.sqrt(1 / Math.max(events, 1));
  return {
    journalUnits: entries * expectCeil(bytes / entries / 1024, spread / 1024),
    counterUnits: increments,
    entries,
    bytes,
  };
}

/** Counters times the minutes they were touched in: a window lies in one minute more than it is long. */
function minutesTouched(load: LaneLoad, seconds: number): number {
  const minutes = 1 + seconds / 60;
  return minutes * distinctCounters(load, seconds / minutes);
}

/** The mean of a size rounded up to whole units, for sizes spread normally around `mean`: 1, and 1 more for each that is passed. */
function expectCeil(mean: number, spread: number): number {
  let sum = 1;
  for (let units = 1; units < mean + 6 * spread; units++) sum += shareAbove(units, mean, spread);
  return sum;
}

/** Of a normal distribution; by a logistic curve, which is off by a hundredth at most. */
const shareAbove = (x: number, mean: number, spread: number): number =>
  1 / (1 + Math.exp((1.702 * (x - mean)) / spread));

/** Late events of which no worker has the journal in memory: what they read before they are admitted, and the filters they leave. */
interface LateReads {
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Of absent ids, those that a filter says may be there: their journals are read whole. */
const FILTER_MAYBE = 0.004;

/** A late event is alone in its entry: its own counter, and its type's. */
export const LATE_INCREMENTS = 2;

/** Increments in the last entry of a slice, which the slice's end has cut anywhere, if the lane has events. */
export function lastIncrements(load: LaneLoad, windowSeconds: number): number {
  const window = Math.min(windowSeconds, SLICE_SECONDS);
  const sum = PHASES.reduce((sum, phase) => {
    const seconds = window * phase;
    return sum + distinctCounters(load, seconds) / -Math.expm1(-load.eventsPerSecond * seconds);
  }, 0);
  return sum / PHASES.length;
}

/** In one slice's time: each journal once when it is new, and again for late events, unless a worker still has its ids. */
function readsOf(
  punctual: Use,
  late: Use,
  loads: readonly LaneLoad[],
  workload: Workload,
  windowSeconds: number,
): LateReads {
  const laneCount = loads.length;
  const wholeJournal = readUnits((punctual.bytes + late.bytes) / laneCount, 'strong');
  const idsPerSlice = workload.eventsPerSecond * SLICE_SECONDS;
  const cachedSlices = (CACHE_BYTES * workload.stripeCount) / (idsPerSlice * CACHED_ID_BYTES);
  const missed = late.entries * Math.max(0, 1 - cachedSlices / LATE_SLICES);
  const isFiltered = idsPerSlice / laneCount >= FILTER_IDS_MIN;
  if (missed === 0 || !isFiltered) return { readUnits: laneCount + missed * wholeJournal, writeUnits: 0 };
  // The first late event of a journal reads all of it, and leaves a filter to the others. All read whether its newest entry is applied.
  const first = laneCount * -Math.expm1(-missed / laneCount);
  const isApplied = readUnits(1, 'eventual');
  const lastOfSlice = loads.reduce((sum, load) => sum + lastIncrements(load, windowSeconds), 0) / laneCount;
  const filterBytes = (idsPerSlice / laneCount) * FILTER_BYTES_PER_ID;
  const behindFilter = late.bytes / laneCount / 2;
  const filtered =
    readUnits(filterBytes, 'eventual') + readUnits(behindFilter, 'strong') + FILTER_MAYBE * wholeJournal;
  return {
    readUnits:
      laneCount +
      first * (wholeJournal + lastOfSlice * isApplied) +
      (missed - first) * (filtered + LATE_INCREMENTS * isApplied),
    writeUnits: first * writeUnits(filterBytes),
  };
}
