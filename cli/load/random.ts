/** 0 <= n < 1, the same sequence for the same seed on every machine. */
export type Random = () => number;

/** Mulberry32: 32 bits of state, good enough to shape a load, and short. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers 0 <= n < `below`. */
export const wholeBelow = (below: number, random: Random): number => Math.floor(random() * below);

/**
 * Draws keys 0 <= key < `keyCount`, key k as often as 1 / (k + 1)^exponent says: 0 is even, 1 is what names and pages do.
 *
 * Memory: 8 bytes a key. A draw is a binary search.
 */
export function makeZipf(keyCount: number, exponent: number): (random: Random) => number {
  const through = new Float64Array(keyCount);
  let sum = 0;
  for (let key = 0; key < keyCount; key++) through[key] = sum += (key + 1) ** -exponent;
  return (random) => firstAbove(through, random() * sum);
}

/** The place of the first number above `threshold` in an ascending list. */
function firstAbove(ascending: Float64Array, threshold: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}
