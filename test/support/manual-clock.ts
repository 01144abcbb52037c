import type { Clock } from '../../core/ports.js';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  public constructor(private ms: number) {}

  public nowMs(): number {
    return this.ms;
  }

  public set(ms: number): void {
    this.ms = ms;
  }

  public advance(byMs: number): void {
    this.ms += byMs;
  }
}
