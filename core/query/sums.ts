import { TallyError } from '../errors.js';
import type { CounterSum } from '../ports.js';

export type Sum = CounterSum;

export const ZERO_SUM: Sum = { value: 0, events: 0 };

/** @throws {TallyError} `counter_overflow`: an integer beyond 2^53 would be rounded, and a rounded count is a wrong one. */
export function addSums(a: Sum, b: Sum): Sum {
  const sum = { value: a.value + b.value, events: a.events + b.events };
  if (!Number.isSafeInteger(sum.value) || !Number.isSafeInteger(sum.events)) {
    throw new TallyError(
      'counter_overflow',
      `the sum passes ${Number.MAX_SAFE_INTEGER}, beyond which JSON's integers are not exact; ask for a shorter range`,
    );
  }
  return sum;
}
