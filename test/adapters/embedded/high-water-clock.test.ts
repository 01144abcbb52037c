import {
  HighWaterClock,
  clockJump,
  confirmClockJump,
  type ClockJump,
} from '../../../adapters/embedded/high-water-clock.js';
import { highWaterMs } from '../../../adapters/embedded/high-water-mark.js';
import { LmdbStream } from '../../../adapters/embedded/lmdb-stream.js';
import type { StreamData } from '../../../adapters/embedded/open-data.js';
import { HOUR_MS, SECOND_MS } from '../../../core/time.js';
import { chunk } from '../../contract/stream-writer.contract.js';
import { openTemporaryStreamData } from './embedded-data.js';

const START_MS = Date.parse('2026-11-21T09:00:00.000Z');

/** A machine whose wall clock can be set, while its monotonic clock cannot. */
class TestTime {
  private elapsedMs = 5_000_000;
  public constructor(private offsetMs: number) {
    this.offsetMs -= this.elapsedMs;
  }
  public wallMs = (): number => this.elapsedMs + this.offsetMs;
  public monotonicMs = (): number => this.elapsedMs;
  public pass(ms: number): void {
    this.elapsedMs += ms;
  }
  public setWallForward(ms: number): void {
    this.offsetMs += ms;
  }
}

let data: StreamData;
let dispose: () => Promise<void>;
let time: TestTime;
let jumps: ClockJump[];

beforeEach(async () => {
  ({ data, dispose } = await openTemporaryStreamData());
  time = new TestTime(START_MS);
  jumps = [];
});
afterEach(() => dispose());

const makeClock = (startMs?: number) =>
  new HighWaterClock({
    data,
    sources: time,
    onJump: (jump) => jumps.push(jump),
    ...(startMs === undefined ? {} : { startMs }),
  });

describe('telling the time', () => {
  it('follows the wall clock', () => {
    const clock = makeClock();
    expect(clock.nowMs()).toBe(START_MS);
    time.pass(1_500);
    expect(clock.nowMs()).toBe(START_MS + 1_500);
  });

  it('answers whole milliseconds', () => {
    const clock = makeClock();
    time.pass(0.75);
    expect(clock.nowMs()).toBe(START_MS);
  });

  it('stands still, and never goes back, while the wall clock is behind', () => {
    const clock = makeClock();
    time.pass(10_000);
    expect(clock.nowMs()).toBe(START_MS + 10_000);
    time.setWallForward(-8_000);
    expect(clock.nowMs()).toBe(START_MS + 10_000);
    time.pass(8_001);
    expect(clock.nowMs()).toBe(START_MS + 10_001);
  });

  it('is never behind a chunk received before a restart', async () => {
    await new LmdbStream(data).put([chunk({ receivedAtMs: START_MS + HOUR_MS })]);
    expect(makeClock().nowMs()).toBe(START_MS + HOUR_MS);
  });

  it('is never behind its last tick before a restart', async () => {
    const before = makeClock();
    time.pass(SECOND_MS);
    await before.tick();
    expect(highWaterMs(data)).toBe(START_MS + SECOND_MS);
    time.setWallForward(-HOUR_MS);
    expect(makeClock().nowMs()).toBe(START_MS + SECOND_MS);
  });

  it('starts at an instant that it was given, and runs on from there, whatever the wall clock does', async () => {
    const clock = makeClock(0);
    time.pass(2_000);
    time.setWallForward(5 * HOUR_MS);
    expect(clock.nowMs()).toBe(2_000);
    await clock.tick();
    expect(jumps).toEqual([]);
  });
});

describe('a wall clock that is set while the engine runs', () => {
  const setForward = async (byMs: number) => {
    const clock = makeClock();
    time.pass(SECOND_MS);
    await clock.tick();
    time.setWallForward(byMs);
    time.pass(SECOND_MS);
    await clock.tick();
    return clock;
  };

  it('is noticed and kept when it went forward by more than an hour', async () => {
    const clock = await setForward(HOUR_MS + 1);
    const jump = {
      fromMs: START_MS + 2 * SECOND_MS,
      toMs: START_MS + 2 * SECOND_MS + HOUR_MS + 1,
      noticedAtMs: START_MS + 2 * SECOND_MS + HOUR_MS + 1,
    };
    expect(jumps).toEqual([jump]);
    expect(clockJump(data)).toEqual(jump);
    await clock.tick();
    expect(jumps).toHaveLength(1);
  });

  it.each([
    { why: 'forward by an hour', byMs: HOUR_MS },
    { why: 'back by a day', byMs: -24 * HOUR_MS },
  ])('is not reported when it went $why', async ({ byMs }) => {
    await setForward(byMs);
    expect(jumps).toEqual([]);
    expect(clockJump(data)).toBeNull();
  });

  it('is noticed when it went forward in small steps', async () => {
    const clock = await setForward(HOUR_MS - 1);
    expect(jumps).toEqual([]);
    time.setWallForward(2);
    await clock.tick();
    expect(jumps).toHaveLength(1);
  });

  it('is noticed when it went back before', async () => {
    const clock = await setForward(-3 * HOUR_MS);
    time.setWallForward(2 * HOUR_MS);
    await clock.tick();
    expect(jumps).toHaveLength(1);
  });

  it('is no jump when time just passed', async () => {
    const clock = makeClock();
    time.pass(48 * HOUR_MS);
    await clock.tick();
    expect(jumps).toEqual([]);
  });

  it('waits for a person, over a restart too, and is forgotten when confirmed', async () => {
    await setForward(2 * HOUR_MS);
    const restarted = makeClock();
    await restarted.tick();
    expect(clockJump(data)).not.toBeNull();
    await confirmClockJump(data);
    await restarted.tick();
    expect(clockJump(data)).toBeNull();
  });
});
