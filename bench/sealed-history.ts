/** Days and days of a counter in the embedded engine, as audits leave them: for benches and tests of what history costs. */
import { LmdbCounters } from '../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../adapters/embedded/lmdb-days.js';
import { LmdbTotals } from '../adapters/embedded/lmdb-totals.js';
import type { CountData } from '../adapters/embedded/open-data.js';
import type { SealedTotal } from '../core/audit/ports.js';
import { counterOf } from '../core/event.js';
import { forEachSettled } from '../core/for-each-settled.js';
import type { QueryPorts } from '../core/query/query-counter.js';
import { DAY_MS, dayOf, HOUR_MS } from '../core/time.js';
import { BENCH_DAY_MS, settingsOf } from './counting.js';

export const HISTORY_TYPE = 'template.used';
/** Days that are open still: today, and what lateness keeps open. */
const OPEN_DAYS = 3;
const LANES = 4;
const KEPT_MS = 40 * DAY_MS;
/** Transactions that wait together share a commit. */
const WRITES_AT_ONCE = 100;
export const EVENTS_PER_HOUR = 100;

export const subjectOf = (index: number): string => `T-${index}`;

/** Write so many sealed days of so many counters, and the shards of the open days after them. */
export async function writeHistory(
  data: CountData,
  { dayCount, counterCount }: { dayCount: number; counterCount: number },
): Promise<void> {
  const totals = new LmdbTotals(data);
  const subjects = Array.from({ length: counterCount }, (_, index) => subjectOf(index));
  const days = Array.from({ length: dayCount }, (_, index) => index);
  await forEachSettled(days, WRITES_AT_ONCE, (index) => {
    const day = dayOf(BENCH_DAY_MS - (OPEN_DAYS + dayCount - 1 - index) * DAY_MS);
    return totals.write(subjects.map((subject) => totalOf(counterOf(HISTORY_TYPE, subject), day, index + 1)));
  });
  const counters = new LmdbCounters(data, { nowMs: () => BENCH_DAY_MS });
  const laneHours = Array.from({ length: OPEN_DAYS * 24 * LANES }, (_, index) => index);
  await forEachSettled(laneHours, WRITES_AT_ONCE, (index) => {
    const lane = index % LANES;
    const sliceStartMs = BENCH_DAY_MS - (OPEN_DAYS - 1) * DAY_MS + Math.floor(index / LANES) * HOUR_MS;
    const increments = subjects.map((subject) => ({
      counter: counterOf(HISTORY_TYPE, subject),
      minutes: [{ minute: lane, value: EVENTS_PER_HOUR / LANES, events: EVENTS_PER_HOUR / LANES }],
    }));
    return counters.apply({ lane, sliceStartMs }, 1, increments, sliceStartMs + KEPT_MS);
  });
}

function totalOf(counter: string, day: string, dayNumber: number): SealedTotal {
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    hour,
    value: EVENTS_PER_HOUR,
    events: EVENTS_PER_HOUR,
  }));
  const ofDay = 24 * EVENTS_PER_HOUR;
  const through = { value: dayNumber * ofDay, events: dayNumber * ofDay };
  return { counter, day, value: ofDay, events: ofDay, hours, isAdjusted: false, through };
}

/** The ports of a query over that history. */
export function historyPorts(data: CountData): QueryPorts {
  const nowMs = BENCH_DAY_MS + DAY_MS;
  const clock = { nowMs: () => nowMs };
  const days = new LmdbDays(data);
  return {
    counters: new LmdbCounters(data, clock),
    totals: new LmdbTotals(data),
    days: {
      open: (day, expiresAtMs) => days.open(day, expiresAtMs),
      find: (day) => days.find(day),
      sealedThrough: () => Promise.resolve(dayOf(BENCH_DAY_MS - OPEN_DAYS * DAY_MS)),
    },
    freshness: { countedThroughMs: () => Promise.resolve(nowMs) },
    clock,
    settings: settingsOf(LANES),
    streamRetentionMs: 7 * DAY_MS,
  };
}
