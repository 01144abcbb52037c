/** The latest instant that anything was received at: stored with the stream, so that no restart can go behind it. */
import type { StreamData } from './open-data.js';

const KEY = 'highWaterMs';

export const highWaterMs = (data: StreamData): number => (data.clock.get(KEY) as number | undefined) ?? 0;

/** Call inside a transaction. */
export function raiseHighWaterMark(data: StreamData, instantMs: number): void {
  if (instantMs > highWaterMs(data)) void data.clock.put(KEY, instantMs);
}
