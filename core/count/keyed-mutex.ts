/**
 * One activity at a time per key; others wait in order of arrival.
 *
 * A journal needs it: two activities of one process on one journal would read each other's half-done knowledge of it.
 */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<unknown>>();

  public async run<T>(key: string, activity: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(activity, activity);
    // Whoever comes next waits for the end, whatever it is; the failure is the caller's to see.
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
