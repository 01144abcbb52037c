/** Wakes one waiter. Raised while nobody waits, it is remembered; raised twice, it is one. */
export class Signal {
  #isRaised = false;
  #wake: (() => void) | undefined;

  public raise(): void {
    this.#isRaised = true;
    this.#wake?.();
  }

  /** Resolves when raised, now or before, or when the time is up. Lowers the signal. */
  public async wait(timeoutMs: number): Promise<void> {
    if (!this.#isRaised) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isRaised = false;
  }
}
