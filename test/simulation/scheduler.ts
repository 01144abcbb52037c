import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventQueue } from './event-queue.js';
import { Violation } from './violation.js';

/** What things that take time need of the world's clock. */
export interface Timeline {
  /** Virtual milliseconds since the start of the run. */
  readonly nowMs: number;
  /** Do something later, on the virtual clock. */
  after(delayMs: number, action: () => void): void;
  /** Say that a promise was settled: the code that waits for it must run before anything else happens. */
  wake(): void;
}

/**
 * Virtual time. Actions run one by one in order of their instant; between two of them, all code that a settled promise
 * woke runs until it waits again. Nothing here waits for real time, so a seed always gives the same run.
 */
export class Scheduler implements Timeline {
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #isCodeAwake = false;
  #stepCount = 0;
  #failure: Error | undefined;

  public constructor(private readonly stepCountMax: number) {}

  public get nowMs(): number {
    return this.#nowMs;
  }

  public get stepCount(): number {
    return this.#stepCount;
  }

  public after(delayMs: number, action: () => void): void {
    this.#queue.push({ atMs: this.#nowMs + Math.max(0, Math.round(delayMs)), action });
  }

  public wake(): void {
    this.#isCodeAwake = true;
  }

  /** End the run: something that woken code found is wrong. */
  public fail(failure: unknown): void {
    this.#failure ??= failure instanceof Error ? failure : new Error(String(failure));
  }

  /** Move the clock when nothing else is to happen in between. */
  public skipTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  /** Run until `isDone`, or until nothing is left to do. */
  public async runUntil(isDone: () => boolean): Promise<void> {
    await this.#settleCode();
    while (!isDone()) {
      const next = this.#queue.pop();
      if (next === undefined) return;
      if (++this.#stepCount > this.stepCountMax) {
        throw new Violation('stuck', `not finished after ${this.stepCountMax} steps of the world`);
      }
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
      await this.#settleCode();
    }
  }

  async #settleCode(): Promise<void> {
    while (this.#isCodeAwake) {
      this.#isCodeAwake = false;
      // Promise jobs all run before the event loop's next turn.
      await nextTurn();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
