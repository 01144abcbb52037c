/** From what was judged to what is written: corrections of the journals' sums, and adjustments of the counter shards. */
import { getOrMake } from '../get-or-make.js';
import type { MinuteIncrement } from '../journal.js';
import type { CounterReader, JournalStore } from '../ports.js';
import { ZERO_SUM, addSums, type Sum } from '../query/sums.js';
import { HOUR_MS } from '../time.js';
import { isSameSum } from './judge.js';
import type { JudgedHour } from './judge-day.js';
import type { Adjustment } from './ports.js';
import { readJournals } from './read-journals.js';
import type { Place } from './run-notes.js';
import { hourStartMsOf } from './snapshot.js';

/** What was counted is not what it should be. */
export const isAdjusted = ({ target, counted }: JudgedHour): boolean => !isSameSum(target, counted);

/** Rows for SQL: counter, hour, value, events to add to what the journals say, between tabs. */
export async function* correctionRows(rows: readonly JudgedHour[]): AsyncIterable<string> {
  for (const { counter, hour, target, journaled } of rows) {
    if (isSameSum(target, journaled)) continue;
    yield `${counter}\t${hour}\t${target.value - journaled.value}\t${target.events - journaled.events}\n`;
  }
}

export interface AdjustPorts {
  readonly journals: JournalStore;
  readonly counters: CounterReader;
}

type SumByMinute = Map<number, Sum>;

/**
 * The adjustments of a day: for every counter's hour that differs from its target or was ever adjusted, minute by minute what is
 * missing. Absolute; without minutes where nothing differs any more.
 */
export async function* adjustments(
  ports: AdjustPorts,
  given: { rows: readonly JudgedHour[]; adjustedBefore: AsyncIterable<Place>; laneCount: number },
): AsyncIterable<Adjustment> {
  const differing = given.rows.filter(isAdjusted);
  const rowsByHour = new Map<number, JudgedHour[]>();
  for (const row of differing)
    getOrMake(rowsByHour, hourStartMsOf(row.hour), () => [] as JudgedHour[]).push(row);
  for (const [hourStartMs, rows] of rowsByHour)
    yield* adjustmentsOfHour(ports, hourStartMs, rows, given.laneCount);
  const isDone = new Set(differing.map(({ counter, hour }) => `${hour}\n${counter}`));
  for await (const { counter, hour } of given.adjustedBefore) {
    if (!isDone.has(`${hour}\n${counter}`)) yield { counter, hourStartMs: hourStartMsOf(hour), minutes: [] };
  }
}

async function* adjustmentsOfHour(
  { journals, counters }: AdjustPorts,
  hourStartMs: number,
  rows: readonly JudgedHour[],
  laneCount: number,
): AsyncIterable<Adjustment> {
  const journaled = await journaledMinutes(journals, {
    hourStartMs,
    laneCount,
    counters: rows.map((row) => row.counter),
  });
  for (const row of rows) {
    const minutes = row.believesArchive
      ? new Map<number, Sum>()
      : (journaled.get(row.counter) ?? new Map<number, Sum>());
    for (const { minute, archived, missing } of row.minutes)
      addTo(minutes, Number(minute.slice(14, 16)), row.believesArchive ? archived : missing);
    for (const [minute, sum] of await countedMinutes(counters, row.counter, hourStartMs))
      addTo(minutes, minute, { value: -sum.value, events: -sum.events });
    yield { counter: row.counter, hourStartMs, minutes: nonZero(minutes) };
  }
}

async function journaledMinutes(
  journals: JournalStore,
  {
    hourStartMs,
    laneCount,
    counters,
  }: { hourStartMs: number; laneCount: number; counters: readonly string[] },
): Promise<Map<string, SumByMinute>> {
  const minutesByCounter = new Map(counters.map((counter) => [counter, new Map<number, Sum>()]));
  for (let lane = 0; lane < laneCount; lane++) {
    for await (const { entries } of readJournals(journals, { lane, hourStartMs })) {
      for (const { counter, minutes } of entries.flatMap(({ increments }) => increments)) {
        const sums = minutesByCounter.get(counter);
        if (sums !== undefined) for (const { minute, ...sum } of minutes) addTo(sums, minute, sum);
      }
    }
  }
  return minutesByCounter;
}

async function countedMinutes(
  reader: CounterReader,
  counter: string,
  hourStartMs: number,
): Promise<SumByMinute> {
  const range = { counter, fromMs: hourStartMs, toMs: hourStartMs + HOUR_MS, consistency: 'strong' as const };
  const sums: SumByMinute = new Map();
  for await (const { isAdjustment, minutes } of reader.readShards(range)) {
    if (!isAdjustment) for (const { minute, ...sum } of minutes) addTo(sums, minute, sum);
  }
  return sums;
}

const addTo = (sums: SumByMinute, minute: number, sum: Sum): void =>
  void sums.set(minute, addSums(sums.get(minute) ?? ZERO_SUM, sum));

const nonZero = (sums: SumByMinute): MinuteIncrement[] =>
  [...sums]
    .filter(([, sum]) => !isSameSum(sum, ZERO_SUM))
    .sort(([a], [b]) => a - b)
    .map(([minute, sum]) => ({ minute, ...sum }));
