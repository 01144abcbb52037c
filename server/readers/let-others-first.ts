import { availableParallelism, setPriority } from 'node:os';

/** Linux' nice values: 0 is usual, 19 the last to be served. At 10, a thread gets a tenth of a processor that another one wants whole. */
const PRIORITY = 10;

/**
 * Let the other threads of this process go before this one, for as long as it lives.
 *
 * Counting has time: what it does not do now, it does in the next step, and back pressure bounds what may wait. Whenever it takes the
 * processor from the thread that ingests, requests wait, and its own processor may be idle a moment later.
 *
 * Only on Linux, where a thread has a priority of its own (setpriority(2), "C library/kernel differences"); elsewhere it would be the whole
 * process's. And only beside another processor: on a single one, each has to get its share.
 */
export function letOthersFirst(): void {
  if (process.platform !== 'linux' || availableParallelism() === 1) return;
  try {
    setPriority(PRIORITY);
  } catch {
    // A sandbox may forbid it. Everything is as right without, only slower.
  }
}
