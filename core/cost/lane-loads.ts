/** How a workload's events spread over lanes, counters and types. */
import type { Workload } from './workload.js';

/** Taken once: where `Math` is looked up anew each time, as in a test's sandbox, that costs more than the function. */
const { expm1, imul } = Math;

/** One lane's share of the load, in events per second of each of its counters. */
export interface LaneLoad {
  readonly eventsPerSecond: number;
  /** One rate per subject's counter and one per type's counter that has events in this lane. */
  readonly counterRates: Float64Array;
}

/**
 * Spread counters over lanes as hashing does: each counter lies in one lane, a type in every lane that has a counter of it.
 *
 * Pure and repeatable: the lane of a counter is a mix of its number's bits, standing in for the MD5 of its name.
 */
export function laneLoadsOf(workload: Workload): LaneLoad[] {
  const { eventsPerSecond, counterCount, zipfExponent, typeCount, laneCount } = workload;
  const subjectRates = Array.from({ length: laneCount }, (): number[] => []);
  const typeRates = Array.from({ length: laneCount }, () => new Map<number, number>());
  const weightOf = (counter: number): number => (counter + 1) ** -zipfExponent;
  let weightSum = 0;
  for (let counter = 0; counter < counterCount; counter++) weightSum += weightOf(counter);
  for (let counter = 0; counter < counterCount; counter++) {
    const rate = (eventsPerSecond * weightOf(counter)) / weightSum;
    const lane = laneOfCounter(counter, laneCount);
    const type = counter % typeCount;
    subjectRates[lane]?.push(rate);
    typeRates[lane]?.set(type, (typeRates[lane]?.get(type) ?? 0) + rate);
  }
  return subjectRates.map((rates, lane) => ({
    eventsPerSecond: rates.reduce((sum, rate) => sum + rate, 0),
    counterRates: Float64Array.from([...rates, ...(typeRates[lane]?.values() ?? [])]),
  }));
}

/** The top bits of a multiplicative mix; `laneCount` is a power of two. */
function laneOfCounter(counter: number, laneCount: number): number {
  let mixed = imul(counter + 1, 0x9e3779b1);
  mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return Math.floor((((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32) * laneCount);
}

/** Expected distinct counters with at least one event in so many seconds, events coming as a Poisson stream. */
export function distinctCounters({ counterRates }: LaneLoad, seconds: number): number {
  let sum = 0;
  for (const rate of counterRates) sum -= expm1(-rate * seconds);
  return sum;
}
