/**
 * A running program as the services see it. Its code runs only when an answer is delivered to it: a dead process gets
 * none ever, a frozen one gets them when it is thawed.
 */
export class Process {
  #state: 'running' | 'frozen' | 'dead' = 'running';
  readonly #heldAnswers: (() => void)[] = [];
  /** Calls whose answers the process still waits for. */
  public openCallCount = 0;
  /** Told once when the process stops running under its caller's feet. */
  public onStop: (how: 'died' | 'timed out') => void = () => undefined;

  public constructor(
    public readonly name: string,
    private readonly wake: () => void,
  ) {}

  public get isDead(): boolean {
    return this.#state === 'dead';
  }

  public deliver(answer: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'frozen') this.#heldAnswers.push(answer);
    else this.#run(answer);
  }

  /** Memory, connections, half-done work: all gone. */
  public die(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.onStop('died');
  }

  public timeOut(): void {
    if (this.#state !== 'running') return;
    this.freeze();
    this.onStop('timed out');
  }

  public freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** What was left behind goes on now, beside whatever the process is asked to do next. */
  public thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    for (const answer of this.#heldAnswers.splice(0)) this.#run(answer);
  }

  #run(answer: () => void): void {
    this.openCallCount--;
    answer();
    this.wake();
  }
}
