import type { Io } from '../io.js';
import { makeRandom, wholeBelow } from './random.js';
import type { ServerChild } from './server-child.js';

/** Between the acknowledgement that triggers a kill and the kill. */
const DELAY_MS_MAX = 100;

/** Kills a server at random moments of a load, and starts it again. */
export class Killer {
  readonly #random: () => number;
  /** Numbers of acknowledged events at which to kill, ascending. */
  readonly #moments: number[];
  #killing: Promise<void> | undefined;
  #failure: unknown;
  public killCount = 0;

  public constructor(
    private readonly server: Pick<ServerChild, 'kill' | 'start'>,
    private readonly io: Pick<Io, 'sleep'>,
    { kills, count, seed }: { kills: number; count: number; seed: number },
  ) {
    this.#random = makeRandom(seed ^ 0xdead);
    this.#moments = Array.from({ length: kills }, () => wholeBelow(count, this.#random)).sort(
      (a, b) => a - b,
    );
  }

  /** Begins a kill if its moment has come. One at a time: moments that pass during a restart come after it. */
  public acknowledged(count: number): void {
    const isDue = (this.#moments[0] ?? Infinity) < count;
    if (!isDue || this.#killing !== undefined || this.#failure !== undefined) return;
    this.#moments.shift();
    this.#killing = this.#killAndRestart()
      .catch((error: unknown) => (this.#failure = error))
      .then(() => (this.#killing = undefined));
  }

  /** Carries out the kills that are left (the server still counts what it acknowledged), and waits for the restart. */
  public async finish(): Promise<void> {
    do {
      await this.#killing;
      this.acknowledged(Infinity);
    } while (this.#killing !== undefined);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #killAndRestart(): Promise<void> {
    await this.io.sleep(wholeBelow(DELAY_MS_MAX, this.#random));
    await this.server.kill();
    this.killCount++;
    await this.server.start();
  }
}
