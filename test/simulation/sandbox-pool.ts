import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { Sandbox } from './sandbox.js';

/** The sandboxes of one function: an idle one is used again, else a new one starts cold. */
export class SandboxPool {
  readonly #sandboxes: Sandbox[] = [];
  #madeCount = 0;

  public constructor(
    private readonly random: Random,
    private readonly faults: Faults,
    private readonly make: (name: string) => Sandbox,
  ) {}

  public killAll(): void {
    for (const { process } of this.#sandboxes) process.die();
  }

  public killHung(): void {
    for (const sandbox of this.#sandboxes) if (sandbox.isHung) sandbox.process.die();
  }

  /** Any of the idle ones: whichever it is, it may have worked on any shard before. */
  public take(): Sandbox {
    const alive = this.#sandboxes.filter(({ process }) => !process.isDead);
    this.#sandboxes.splice(0, Infinity, ...alive);
    const idle = alive.filter(({ isIdle }) => isIdle);
    if (idle.length > 0 && !this.faults.strikes('coldStart')) return this.random.pick(idle);
    const sandbox = this.make(`count-${++this.#madeCount}`);
    this.#sandboxes.push(sandbox);
    return sandbox;
  }
}
