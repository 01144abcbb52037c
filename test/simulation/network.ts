import type { CallFault, CallFaults } from './faults.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import type { Timeline } from './scheduler.js';
import type { Trace } from './trace.js';

/** One call of a process to a service. */
export interface Call<T> {
  readonly caller: Process;
  /** For the trace: what is asked, in a few words. */
  readonly what: string;
  /** Happens in the service, all at once, at an instant of its own. */
  readonly effect: () => T;
}

/** Carries calls to services and answers back; everything a network and a service may do to them is done here. */
export interface Network {
  call<T>(call: Call<T>): Promise<T>;
}

/** What a failed call rejects with. Says nothing about whether it took effect, as in life. */
export class ServiceError extends Error {
  public override readonly name = 'ServiceError';
}

/** Milliseconds. An ordinary call takes a few; a slow one is still answered; a late one is given up before it lands. */
const LATENCY_MAX = 40;
const SLOW_MAX = 20_000;
const GIVE_UP_AFTER = 5_000;
const LATE_EFFECT_MAX = 60_000;

export class FaultyNetwork implements Network {
  public constructor(
    private readonly timeline: Timeline,
    private readonly faults: CallFaults,
    private readonly random: Random,
    private readonly trace: Trace,
  ) {}

  /** The same network, with other luck. */
  public with(faults: CallFaults): FaultyNetwork {
    return new FaultyNetwork(this.timeline, faults, this.random, this.trace);
  }

  public call<T>(call: Call<T>): Promise<T> {
    const { caller } = call;
    caller.openCallCount++;
    return new Promise<T>((resolve, reject) => {
      const fault = this.faults.ofCall();
      const refuse = (): void => caller.deliver(() => reject(new ServiceError(`${call.what}: ${fault}`)));
      this.#carry(call, fault, (result) => caller.deliver(() => resolve(result)), refuse);
    });
  }

  #carry<T>(call: Call<T>, fault: CallFault, answer: (result: T) => void, refuse: () => void): void {
    const { caller } = call;
    const [there, back] = [this.#latency(), this.#latency()];
    const take = (delayMs: number, then: (result: T) => void): void =>
      this.timeline.after(delayMs, () => then(this.#effect(call, fault)));
    const fail = (delayMs: number, then: () => void): void => this.timeline.after(delayMs, then);
    switch (fault) {
      case null:
        return take(there, (result) => fail(back, () => answer(result)));
      case 'slow':
        return take(this.random.skewed(SLOW_MAX), (result) =>
          fail(this.random.skewed(SLOW_MAX), () => answer(result)),
        );
      case 'throttled':
      case 'requestLost':
        this.trace.add(this.timeline.nowMs, caller.name, `${call.what}: ${fault}`);
        return fail(there + back, refuse);
      case 'responseLost':
        return take(there, () => fail(back, refuse));
      case 'retried':
        return take(there, () => take(there + back, (result) => fail(back, () => answer(result))));
      case 'late':
        fail(GIVE_UP_AFTER, refuse);
        return take(GIVE_UP_AFTER + this.random.skewed(LATE_EFFECT_MAX), () => undefined);
      case 'crashBefore':
        this.trace.add(this.timeline.nowMs, caller.name, `${call.what}: ${fault}`);
        return fail(0, () => caller.die());
      case 'crashAfter':
        take(there, () => undefined);
        return fail(0, () => caller.die());
      case 'timeOut':
        take(there, (result) => fail(back, () => answer(result)));
        return fail(0, () => caller.timeOut());
      default:
        return fault satisfies never;
    }
  }

  #effect<T>({ caller, what, effect }: Call<T>, fault: CallFault): T {
    const result = effect();
    const outcome = typeof result === 'string' || typeof result === 'number' ? ` -> ${result}` : '';
    this.trace.add(
      this.timeline.nowMs,
      caller.name,
      `${what}${outcome}${fault === null ? '' : `  [${fault}]`}`,
    );
    return result;
  }

  #latency(): number {
    return 1 + this.random.skewed(LATENCY_MAX);
  }
}
