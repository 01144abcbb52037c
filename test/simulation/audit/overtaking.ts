import type { AuditPorts } from '../../../core/audit/audit-day.js';
import type { AuditLedger, Fence, SealWriter } from '../../../core/audit/ports.js';
import type { Day } from '../../../core/time.js';
import type { Faults } from '../faults.js';
import type { Process } from '../process.js';
import type { Random } from '../random.js';
import type { Timeline } from '../scheduler.js';
import type { Trace } from '../trace.js';

const NEWER_RUN_MS_MAX = 10 * 60_000;
/** A run that nobody overtakes goes on by itself. */
const HANG_MS_MAX = 20 * 3_600_000;
/** Of each write: at any of them, so not too often at the first. */
const HANG_CHANCE = 0.4;
/** After each write of the newer run. */
const GO_ON_CHANCE = 0.4;

/** A run that stands still before a write. */
interface Hanging {
  readonly fence: Fence;
  readonly goOn: () => void;
}

/**
 * Makes a run hang just before a write under its fence, lets a newer one begin, and lets the old one go on between two writes of the
 * newer: the one moment at which a missing fence does harm.
 */
export class Overtaking {
  readonly #hanging = new Set<Hanging>();

  public constructor(
    private readonly deps: {
      readonly timeline: Timeline;
      readonly faults: Faults;
      readonly random: Random;
      readonly trace: Trace;
      readonly holds: (fence: Fence) => boolean;
      readonly startNewerRun: (day: Day) => void;
    },
  ) {}

  /** Some run of the day stands still. */
  public isHanging(day: Day): boolean {
    return [...this.#hanging].some(({ fence }) => fence.day === day);
  }

  /** The same ports, of a process that may hang before some fenced write; a slow one surely may. */
  public portsOf(process: Process, ports: AuditPorts, isSlow: boolean): AuditPorts {
    const { ledger, writer } = ports;
    const mayHang = isSlow || this.deps.faults.strikes('overtaken');
    const fenced =
      <Given extends readonly [Fence, ...unknown[]], Answer>(write: (...given: Given) => Promise<Answer>) =>
      async (...given: Given): Promise<Answer> => {
        const [fence] = given;
        if (mayHang && this.#shallHang(fence)) await this.#hang(process, fence);
        const answer = await write(...given);
        this.#letOlderGoOn(fence);
        return answer;
      };
    const hangingWriter: SealWriter = {
      putTotals: fenced((...given: Parameters<SealWriter['putTotals']>) => writer.putTotals(...given)),
      removeTotals: fenced((...given: Parameters<SealWriter['removeTotals']>) =>
        writer.removeTotals(...given),
      ),
      putAdjustments: fenced((...given: Parameters<SealWriter['putAdjustments']>) =>
        writer.putAdjustments(...given),
      ),
      putTop: fenced((...given: Parameters<SealWriter['putTop']>) => writer.putTop(...given)),
    };
    const hangingLedger: AuditLedger = {
      ...ledger,
      putReport: fenced((...given: Parameters<AuditLedger['putReport']>) => ledger.putReport(...given)),
      seal: fenced((...given: Parameters<AuditLedger['seal']>) => ledger.seal(...given)),
    };
    return { ...ports, writer: hangingWriter, ledger: hangingLedger };
  }

  #shallHang(fence: Fence): boolean {
    const { random, holds } = this.deps;
    return holds(fence) && random.chance(HANG_CHANCE);
  }

  #hang(process: Process, fence: Fence): Promise<void> {
    const { timeline, random, trace, startNewerRun } = this.deps;
    trace.add(timeline.nowMs, process.name, `hangs before a write of run ${fence.runNumber}`);
    process.openCallCount++;
    timeline.after(random.skewed(NEWER_RUN_MS_MAX), () => startNewerRun(fence.day));
    return new Promise((resolve) => {
      const hanging = {
        fence,
        goOn: () => {
          if (!this.#hanging.delete(hanging)) return;
          trace.add(timeline.nowMs, process.name, `goes on with run ${fence.runNumber}`);
          process.deliver(resolve);
        },
      };
      this.#hanging.add(hanging);
      timeline.after(random.next() * HANG_MS_MAX, hanging.goOn);
    });
  }

  #letOlderGoOn({ day, runNumber }: Fence): void {
    for (const { fence, goOn } of this.#hanging) {
      const isOlder = fence.day === day && fence.runNumber < runNumber;
      if (isOlder && this.deps.random.chance(GO_ON_CHANCE)) goOn();
    }
  }
}
