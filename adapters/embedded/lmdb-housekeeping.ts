import { dayEndMs, dayStartMs, type Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

/** Removed per transaction: few enough that counting hardly waits. */
const STEP_COUNT = 1_000;

/**
 * Remove the journals and counter shards of days that are sealed and whose expiry has passed. Answers how many items.
 *
 * A day that is not sealed keeps them, however old: they are its only proof.
 */
export async function removeExpired(data: CountData, nowMs: number): Promise<number> {
  readFresh(data);
  const expired = Array.from(data.days.getRange({}))
    .filter(({ value: [isSealed, expiresAtMs] }) => isSealed && expiresAtMs <= nowMs)
    .map(({ key }) => key);
  let removedCount = 0;
  for (const day of expired) removedCount += await removeDay(data, day);
  return removedCount;
}

async function removeDay(data: CountData, day: Day): Promise<number> {
  let removedCount = 0;
  for (;;) {
    const stepCount = await commit(data, () => removeSome(data, dayStartMs(day), dayEndMs(day)));
    removedCount += stepCount;
    if (stepCount === 0) return removedCount;
  }
}

function removeSome({ journal, shards }: CountData, startMs: number, endMs: number): number {
  const entries = Array.from(
    journal.getKeys({ start: [startMs, 0, 0], end: [endMs, 0, 0], limit: STEP_COUNT }),
  );
  for (const key of entries) void journal.remove(key);
  const hours = Array.from(
    shards.getKeys({ start: [startMs, '', 0], end: [endMs, '', 0], limit: STEP_COUNT }),
  );
  for (const key of hours) void shards.remove(key);
  return entries.length + hours.length;
}
