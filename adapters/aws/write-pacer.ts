/** Paces a worker's writes to DynamoDB: how many at once, and how many units a second. One per process, shared by its adapters. */
import { DYNAMODB_CONCURRENCY_MAX } from './clients.js';
import type { Timer } from './timer.js';

/** A fresh on-demand table takes 4,000 write units a second: four workers of a new stack may begin with this each. */
const UNITS_PER_SECOND_MIN = 1_000;
/** On-demand capacity follows demand up to twice its peak; a worker grows no faster. */
const GROWTH = 2;
/** Writes this close together need no timer between them. */
const BURST_MS = 50;

const WRITE_UNIT_BYTES = 1_024;

export const writeUnitsOf = (itemBytes: number): number => Math.ceil(itemBytes / WRITE_UNIT_BYTES);

/**
 * Spreads writes over the batching window. A batch arrives all at once and is then followed by a window of silence: written as
 * fast as possible it would throttle a table that its average does not even warm.
 *
 * In each window the rate is at most twice what the window before used, and never below a floor: a steady load is
 * spread over about half a window, a backlog doubles the rate until it is worked off.
 */
export class WritePacer {
  readonly #timer: Timer;
  readonly #windowMs: number;
  readonly #waiting: (() => void)[] = [];
  #freeSlotCount: number;
  #windowStartMs: number;
  #unitsInWindow = 0;
  #unitsPerMs = UNITS_PER_SECOND_MIN / 1_000;
  /** When the units granted so far will have been used at the present rate. */
  #busyUntilMs = 0;

  public constructor(options: { timer: Timer; windowMs: number; concurrencyMax?: number }) {
    this.#timer = options.timer;
    this.#windowMs = options.windowMs;
    this.#freeSlotCount = options.concurrencyMax ?? DYNAMODB_CONCURRENCY_MAX;
    this.#windowStartMs = options.timer.elapsedMs();
  }

  /** Run a write of about so many units when its turn comes. Settles as the write does. */
  public async run<Result>(units: number, write: () => Promise<Result>): Promise<Result> {
    await this.#takeSlot();
    try {
      const waitMs = this.#book(units);
      if (waitMs > 0) await this.#timer.sleep(waitMs);
      return await write();
    } finally {
      this.#returnSlot();
    }
  }

  async #takeSlot(): Promise<void> {
    if (this.#freeSlotCount > 0) {
      this.#freeSlotCount -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A slot goes straight to whoever waits longest: it is never free in between, so it can't be taken twice. */
  #returnSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#freeSlotCount += 1;
    else next();
  }

  /** Book units at the end of the queue; returns how long until their turn. */
  #book(units: number): number {
    const nowMs = this.#timer.elapsedMs();
    this.#adaptRate(nowMs);
    this.#unitsInWindow += units;
    const turnMs = Math.max(this.#busyUntilMs, nowMs - BURST_MS);
    this.#busyUntilMs = turnMs + units / this.#unitsPerMs;
    return Math.max(0, turnMs - nowMs);
  }

  #adaptRate(nowMs: number): void {
    const sinceMs = nowMs - this.#windowStartMs;
    if (sinceMs < this.#windowMs) return;
    const usedPerMs = this.#unitsInWindow / sinceMs;
    this.#unitsPerMs = Math.max(UNITS_PER_SECOND_MIN / 1_000, GROWTH * usedPerMs);
    this.#windowStartMs = nowMs;
    this.#unitsInWindow = 0;
  }
}
