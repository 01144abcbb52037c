/** What must be closed, in the reverse order of its opening. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  public add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Close everything that is open, also when closing something fails. Again is no harm. */
  public async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch((failure: unknown) => failures.push(failure));
    }
    if (failures.length > 0) throw failures[0];
  }
}
