import type { Clock } from '../core/ports.js';

/** The time of AWS's hosts, which is kept for us. It never goes back within one sandbox. */
export function makeSystemClock(): Clock {
  let latestMs = 0;
  return {
    nowMs: () => {
      latestMs = Math.max(latestMs, Date.now());
      return latestMs;
    },
  };
}
