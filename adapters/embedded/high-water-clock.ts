import type { Clock } from '../../core/ports.js';
import { HOUR_MS } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import { highWaterMs, raiseHighWaterMark } from './high-water-mark.js';
import type { StreamData } from './open-data.js';

/** The machine's two clocks. Injected, so that tests need no real time. */
export interface TimeSources {
  /** Milliseconds since the epoch. People and NTP set it, so it can jump. */
  wallMs(): number;
  /** Milliseconds since some instant. Never jumps. */
  monotonicMs(): number;
}

/** The wall clock was set forward while the engine ran. Until a person confirms it, no day may be sealed. */
export interface ClockJump {
  readonly fromMs: number;
  readonly toMs: number;
  readonly noticedAtMs: number;
}

export interface HighWaterClockOptions {
  readonly data: StreamData;
  readonly sources: TimeSources;
  /** Start the clock at this instant instead of the wall clock's; it runs on from there. */
  readonly startMs?: number;
  readonly onJump?: (jump: ClockJump) => void;
}

export const CLOCK_JUMP_MS_MAX = HOUR_MS;

const JUMP_KEY = 'jump';

/**
 * The engine's clock: never behind the latest instant anything was received at, whatever happened to the wall clock.
 *
 * The owner calls `tick` every second or so, and before it trusts the clock to close a day.
 */
export class HighWaterClock implements Clock {
  private latestMs: number;
  /** The least that the wall clock was ever ahead of the monotonic one: what a jump is measured against. */
  private leastOffsetMs: number;
  private readonly wallMs: () => number;

  public constructor(private readonly options: HighWaterClockOptions) {
    readFresh(options.data);
    this.latestMs = highWaterMs(options.data);
    this.wallMs = wallMsOf(options);
    this.leastOffsetMs = this.offsetMs();
  }

  public nowMs(): number {
    this.latestMs = Math.max(this.latestMs, Math.trunc(this.wallMs()));
    return this.latestMs;
  }

  /** Store how far the clock has come, and look for a jump: kept on disk and reported once each. */
  public async tick(): Promise<void> {
    const jump = this.findJump();
    const nowMs = this.nowMs();
    await commit(this.options.data, () => {
      raiseHighWaterMark(this.options.data, nowMs);
      if (jump !== null) void this.options.data.clock.put(JUMP_KEY, jump);
    });
    // Only now is it certain to be on disk; a failed commit leaves the jump to be found again.
    if (jump === null) return;
    this.leastOffsetMs = this.offsetMs();
    this.options.onJump?.(jump);
  }

  private findJump(): ClockJump | null {
    const offsetMs = this.offsetMs();
    const aheadMs = offsetMs - this.leastOffsetMs;
    if (aheadMs > CLOCK_JUMP_MS_MAX) {
      const toMs = Math.trunc(this.wallMs());
      return { fromMs: toMs - Math.round(aheadMs), toMs, noticedAtMs: toMs };
    }
    this.leastOffsetMs = Math.min(this.leastOffsetMs, offsetMs);
    return null;
  }

  private offsetMs(): number {
    return this.wallMs() - this.options.sources.monotonicMs();
  }
}

/** The jump that waits for a person, if any. */
export function clockJump(data: StreamData): ClockJump | null {
  readFresh(data);
  return (data.clock.get(JUMP_KEY) as ClockJump | undefined) ?? null;
}

/** A person says that the clock is right: sealing may go on. */
export async function confirmClockJump(data: StreamData): Promise<void> {
  await commit(data, () => void data.clock.remove(JUMP_KEY));
}

/** A clock that was told where to start runs on with the monotonic clock, which cannot jump. */
function wallMsOf({ sources, startMs }: HighWaterClockOptions): () => number {
  if (startMs === undefined) return () => sources.wallMs();
  const startedAtMs = sources.monotonicMs();
  return () => startMs + sources.monotonicMs() - startedAtMs;
}

export const systemTime: TimeSources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
