/** How fast something goes, as ratios within one run: rounds of all contestants take turns, so that a busy machine slows all alike. */
import type { BenchIo } from './bench.js';

export interface Contestant {
  readonly name: string;
  /** Works off `eventCount` events once. */
  run(): Promise<void> | void;
}

export interface Speed {
  readonly name: string;
  /** The best round: what the code can do when nobody else has the core. By CPU time of this process, not by the clock. */
  readonly eventsPerCpuSecond: number;
}

const ROUNDS = 7;

export async function race(
  contestants: readonly Contestant[],
  eventCount: number,
  io: BenchIo,
): Promise<Speed[]> {
  const best = contestants.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contestant] of contestants.entries()) {
      io.progress(`round ${round + 1} of ${ROUNDS}: ${contestant.name}`);
      const before = process.cpuUsage();
      await contestant.run();
      const { user, system } = process.cpuUsage(before);
      best[index] = Math.max(best[index] ?? 0, (eventCount * 1e6) / (user + system));
    }
  }
  io.progress('');
  return contestants.map(({ name }, index) => ({ name, eventsPerCpuSecond: best[index] ?? 0 }));
}

/** Rows of speeds, each also as a share of the first. */
export const speedRows = (speeds: readonly Speed[]): (string | number)[][] =>
  speeds.map(({ name, eventsPerCpuSecond }) => [
    name,
    Math.round(eventsPerCpuSecond),
    (eventsPerCpuSecond / (speeds[0]?.eventsPerCpuSecond ?? 1)).toFixed(2),
  ]);
