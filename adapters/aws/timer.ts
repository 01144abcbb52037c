import { setTimeout as sleepFor } from 'node:timers/promises';

/** Waiting, and the time to wait by. Monotonic: it only measures distances, and never names an instant. */
export interface Timer {
  elapsedMs(): number;
  sleep(ms: number): Promise<void>;
}

export const processTimer: Timer = {
  elapsedMs: () => performance.now(),
  sleep: (ms) => sleepFor(ms),
};
