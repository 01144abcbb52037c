import type { Timer } from '../../../adapters/aws/timer.js';
import { WritePacer, writeUnitsOf } from '../../../adapters/aws/write-pacer.js';

/** Time moves only when somebody sleeps and nobody else can run. */
class FakeTimer implements Timer {
  nowMs = 0;
  #sleepers: { untilMs: number; wake: () => void }[] = [];

  elapsedMs = (): number => this.nowMs;

  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#sleepers.push({ untilMs: this.nowMs + ms, wake });
    });

  /** Let everything run that can, then move time to the next sleeper; until nobody sleeps. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#sleepers.sort((a, b) => a.untilMs - b.untilMs);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.nowMs = Math.max(this.nowMs, next.untilMs);
      next.wake();
    }
  }
}

const WINDOW_MS = 5_000;

async function burst(pacer: WritePacer, timer: FakeTimer, unitCount: number): Promise<number[]> {
  const atMs: number[] = [];
  const writes = Array.from({ length: unitCount }, () =>
    pacer.run(1, async () => void atMs.push(timer.nowMs)),
  );
  await timer.run();
  await Promise.all(writes);
  return atMs;
}

test('a first burst is spread at 1,000 units a second', async () => {
  const timer = new FakeTimer();
  const atMs = await burst(new WritePacer({ timer, windowMs: WINDOW_MS }), timer, 3_000);

  expect(timer.nowMs).toBeGreaterThan(2_900);
  expect(timer.nowMs).toBeLessThan(3_100);
  const inFirstSecond = atMs.filter((ms) => ms < 1_000).length;
  expect(inFirstSecond).toBeLessThanOrEqual(1_060);
});

test('the rate grows twofold per window, and a steady load is then spread over half a window', async () => {
  const timer = new FakeTimer();
  const pacer = new WritePacer({ timer, windowMs: WINDOW_MS });
  const tookMs: number[] = [];
  for (let batch = 0; batch < 4; batch++) {
    const startMs = timer.nowMs;
    await burst(pacer, timer, 20_000);
    tookMs.push(timer.nowMs - startMs);
    timer.nowMs = Math.max(timer.nowMs, startMs + WINDOW_MS);
  }

  expect(tookMs[0]).toBeGreaterThan(WINDOW_MS);
  expect(tookMs.at(-1)).toBeGreaterThan(0.4 * WINDOW_MS);
  expect(tookMs.at(-1)).toBeLessThan(0.6 * WINDOW_MS);
});

test('no more writes run at once than allowed, and a failed one gives its place back', async () => {
  const timer = new FakeTimer();
  const pacer = new WritePacer({ timer, windowMs: WINDOW_MS, concurrencyMax: 3 });
  let running = 0;
  let runningMax = 0;
  const outcomes = Array.from({ length: 30 }, (_, n) =>
    pacer
      .run(1, async () => {
        runningMax = Math.max(runningMax, ++running);
        await timer.sleep(10);
        running--;
        if (n % 2 === 0) throw new Error('refused');
      })
      .then(
        () => 'written',
        () => 'failed',
      ),
  );
  await timer.run();

  expect((await Promise.all(outcomes)).filter((outcome) => outcome === 'failed')).toHaveLength(15);
  expect(runningMax).toBe(3);
});

test('a large item takes as many turns as it has units', async () => {
  const timer = new FakeTimer();
  const pacer = new WritePacer({ timer, windowMs: WINDOW_MS });
  expect(writeUnitsOf(300 * 1_024)).toBe(300);
  const writes = [300, 1].map((units) => pacer.run(units, async () => timer.nowMs));
  await timer.run();

  expect(await Promise.all(writes)).toEqual([0, 300]);
});
