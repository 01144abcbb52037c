/** Many may share a turn; whoever wants to be alone waits until they are done, and makes those who come later wait. */
export class TurnTaking {
  readonly #sharing = new Set<Promise<void>>();
  #lastAlone: Promise<unknown> = Promise.resolve();
  #aloneCount = 0;

  public async share(work: () => Promise<void>): Promise<void> {
    while (this.#aloneCount > 0) await this.#lastAlone;
    const working = work();
    this.#sharing.add(working);
    try {
      await working;
    } finally {
      this.#sharing.delete(working);
    }
  }

  public async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#aloneCount += 1;
    const before = this.#lastAlone;
    const turn = (async () => {
      await before;
      await Promise.allSettled(this.#sharing);
      return work();
    })();
    this.#lastAlone = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      this.#aloneCount -= 1;
    }
  }
}
