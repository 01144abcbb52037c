import type { GeneratedEvent, LoadPlan } from './generate.js';
import { makeRandom, wholeBelow } from './random.js';

export interface Count {
  readonly value: number;
  readonly events: number;
}

export const ZERO: Count = { value: 0, events: 0 };
export const plus = (a: Count, b: Count): Count => ({
  value: a.value + b.value,
  events: a.events + b.events,
});
export const minus = (a: Count, b: Count): Count => ({
  value: a.value - b.value,
  events: a.events - b.events,
});

/** What the counters must say once everything acknowledged is counted. 16 bytes a key. */
export class Expected {
  readonly #values: Float64Array;
  readonly #events: Float64Array;
  #total = ZERO;

  public constructor(keyCount: number) {
    this.#values = new Float64Array(keyCount);
    this.#events = new Float64Array(keyCount);
  }

  public add(events: readonly GeneratedEvent[]): void {
    for (const { key, value } of events) {
      this.#values[key] = (this.#values[key] ?? 0) + value;
      this.#events[key] = (this.#events[key] ?? 0) + 1;
      this.#total = plus(this.#total, { value, events: 1 });
    }
  }

  public get total(): Count {
    return this.#total;
  }

  public ofKey(key: number): Count {
    return { value: this.#values[key] ?? 0, events: this.#events[key] ?? 0 };
  }
}

/** The hottest keys are where concurrent writers meet; a fifth of a sample is theirs. */
const HOT_SHARE = 0.2;

/** Which keys to verify: all, or the hottest and a random rest. Chosen by the seed, so before anything is sent. */
export function keysToVerify({ keyCount, seed }: LoadPlan, wanted: number): number[] {
  if (wanted >= keyCount) return Array.from({ length: keyCount }, (_, key) => key);
  const random = makeRandom(seed ^ 0x5eed);
  const keys = new Set(Array.from({ length: Math.ceil(wanted * HOT_SHARE) }, (_, key) => key));
  while (keys.size < wanted) keys.add(wholeBelow(keyCount, random));
  return [...keys];
}
