const BASE_MS = 50;
const CEILING_MS = 2_000;

/**
 * How long to wait before trying again: exponential, with full jitter, so that those who failed together don't return
 * together.
 *
 * @param attempt 1 after the first failure.
 * @param random in [0, 1).
 */
export const backoffMs = (attempt: number, random: () => number): number =>
  random() * Math.min(CEILING_MS, BASE_MS * 2 ** attempt);
