import { Counting, type CountOptions, type CountPorts } from '../core/count/count.js';
import { FORMAT_VERSION, type Settings } from '../core/settings.js';
import { DAY_MS, SLICE_MS } from '../core/time.js';
import { LATENESS_MS_MAX } from '../core/limits.js';

/** The day that benches count in. */
export const BENCH_DAY_MS = Date.parse('2026-11-21T00:00:00.000Z');

export const settingsOf = (laneCount: number): Settings => ({
  formatVersion: FORMAT_VERSION,
  laneCount,
  sliceMs: SLICE_MS,
  lateness: [{ fromDay: '0000-01-01', latenessMs: LATENESS_MS_MAX }],
});

/** A worker that commits a batch as a whole. */
export const makeCounting = (
  ports: CountPorts,
  given: Partial<CountOptions> & { laneCount: number },
): Counting => {
  const { laneCount, ...options } = given;
  return new Counting(ports, {
    settings: settingsOf(laneCount),
    streamRetentionMs: 7 * DAY_MS,
    journalConcurrency: 16,
    commitEventCountMax: Number.POSITIVE_INFINITY,
    cacheBytesMax: 1024 ** 3,
    ...options,
  });
};
