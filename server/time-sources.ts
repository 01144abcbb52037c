import type { TimeSources } from '../adapters/embedded/high-water-clock.js';

/** Where a clock was told to start: it runs on from `instantMs`, read at `atMonotonicMs`. */
export interface ClockStart {
  readonly instantMs: number;
  readonly atMonotonicMs: number;
}

const NANOSECONDS_PER_MS = 1e6;

/** The same in all threads of the process, unlike `performance.now`, which counts from its thread's start. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS;

/** The machine's clocks, or a clock that was told where to start. All threads of a server agree on either. */
export const timeSourcesOf = (start: ClockStart | undefined): TimeSources => ({
  monotonicMs,
  wallMs: start === undefined ? Date.now : () => start.instantMs + (monotonicMs() - start.atMonotonicMs),
});
