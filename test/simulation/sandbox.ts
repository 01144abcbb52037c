import { Counting, type CountOptions, type CountPorts } from '../../core/count/count.js';
import { TallyError } from '../../core/errors.js';
import { Process } from './process.js';
import type { StreamRecord } from './simulated-stream.js';
import { Violation } from './violation.js';

/** How an invocation ended, as the event source sees it. */
export type InvocationOutcome = { readonly countedCount: number } | { readonly failure: string };

/**
 * One Lambda sandbox with the counting code in it: warm from its first invocation on. What its code holds in memory is
 * changed in place and outlives failed invocations, and what one invocation leaves behind goes on in the next.
 */
export class Sandbox {
  public readonly process: Process;
  readonly #counting: Counting;
  /** Invocations that are under way. */
  readonly #live = new Set<object>();
  /** Invocations that ran into their time limit, and whose code has not come to its end. */
  readonly #abandoned = new Set<object>();

  public constructor(
    name: string,
    private readonly deps: {
      readonly wake: () => void;
      readonly fail: (failure: unknown) => void;
      readonly checksRules: boolean;
      /** True: a gap was made on purpose, the alarm is right. */
      readonly isGapExpected: () => boolean;
    },
    makePorts: (process: Process) => CountPorts,
    options: CountOptions,
  ) {
    this.process = new Process(name, deps.wake);
    this.#counting = new Counting(makePorts(this.process), options);
    this.process.freeze();
  }

  /** An invocation the event source gave up may still be running here. */
  public get isIdle(): boolean {
    return this.#live.size === 0;
  }

  /** Something in it did not come to its end. */
  public get isHung(): boolean {
    return this.#live.size > 0 || this.#abandoned.size > 0;
  }

  public invoke(
    records: readonly StreamRecord[],
    mustStop: () => boolean,
    onEnd: (outcome: InvocationOutcome) => void,
  ): void {
    const invocation = {};
    let isOver = false;
    const end = (outcome: InvocationOutcome): void => {
      if (!isOver) onEnd(outcome);
      isOver = true;
    };
    this.process.onStop = (how) => {
      if (how === 'timed out') this.#abandon();
      end({ failure: how });
    };
    this.#live.add(invocation);
    this.process.thaw();
    this.deps.wake();
    this.#count(records, mustStop, invocation).then(end, this.deps.fail);
  }

  async #count(
    records: readonly StreamRecord[],
    mustStop: () => boolean,
    invocation: object,
  ): Promise<InvocationOutcome> {
    try {
      return { countedCount: await this.#counting.count(records, mustStop) };
    } catch (error) {
      this.#judge(error);
      return { failure: String(error) };
    } finally {
      this.#return(invocation);
    }
  }

  #abandon(): void {
    for (const invocation of this.#live) this.#abandoned.add(invocation);
    this.#live.clear();
  }

  /** Between invocations nothing runs. */
  #return(invocation: object): void {
    if (this.#abandoned.delete(invocation)) return;
    this.#live.delete(invocation);
    if (this.#live.size > 0) return;
    const hasLeftovers = this.process.openCallCount > 0 && this.#abandoned.size === 0;
    if (this.deps.checksRules && hasLeftovers) {
      const message = `${this.process.name} returned while ${this.process.openCallCount} of its calls were open`;
      throw new Violation('leftover-calls', message);
    }
    this.process.freeze();
  }

  /** Services fail, and the batch is given again. Anything else that is thrown is a defect. */
  #judge(error: unknown): void {
    if (error instanceof Violation) throw error;
    if (error instanceof TallyError && error.code === 'journal_gap' && !this.deps.isGapExpected()) {
      throw new Violation('false-alarm', error.message);
    }
    const isExpected =
      error instanceof TallyError || (error instanceof Error && error.name === 'ServiceError');
    if (!isExpected) {
      throw new Violation(
        'unexpected-error',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    }
  }
}
