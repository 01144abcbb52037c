import { auditDay, type AuditOptions, type AuditPorts } from '../../../core/audit/audit-day.js';
import { auditDueDays } from '../../../core/audit/audit-due.js';
import type { Trust } from '../../../core/audit/judge.js';
import { FenceLostError } from '../../../core/audit/ports.js';
import { StreamUnavailableError } from '../../../core/errors.js';
import type { DayReport } from '../../../core/audit/report.js';
import { verifyChain, type VerifyReport } from '../../../core/audit/verify.js';
import type { Day } from '../../../core/time.js';
import { ServiceError } from '../network.js';
import type { Process } from '../process.js';
import type { Random } from '../random.js';
import type { Timeline } from '../scheduler.js';
import type { Trace } from '../trace.js';

export interface AuditorDeps extends Omit<AuditOptions, 'waitForReaders'> {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: Trace;
  readonly fail: (failure: unknown) => void;
}

/** What an audit is to do: the nightly round, or one day by hand. */
export type AuditOrder = 'due' | { readonly day: Day; readonly trust?: Trust };

const WAIT_MS_MAX = 120_000;
/** As where the audit of a small table looks again every few seconds. */
const SHORT_WAIT_MS_MAX = 10_000;
/** An hour, or minutes: then the night's round has no more time. */
const WAITS_MAX = [10, 60] as const;
/** A run that hung goes on when nobody expects it any more. */
const HUNG_MS_MAX = 20 * 3_600_000;

/** A process that audits with the real code. It may die or hang at any call; one that hung goes on hours later. */
export class Auditor {
  #isEnded = false;
  #isSettled = false;
  readonly #waitsMax: number;

  public constructor(
    public readonly process: Process,
    private readonly ports: AuditPorts,
    private readonly deps: AuditorDeps,
  ) {
    this.#waitsMax = deps.random.pick(WAITS_MAX);
  }

  /** It may still write: it runs, or it hangs and will go on. */
  public get isUnderWay(): boolean {
    return !this.#isSettled && !this.process.isDead;
  }

  public run(order: AuditOrder, onEnd: (reports: readonly DayReport[]) => void = () => undefined): void {
    const end = (how: string, reports: readonly DayReport[]): void => {
      if (this.#isEnded) return;
      this.#isEnded = true;
      this.#tell(how);
      onEnd(reports);
    };
    this.process.onStop = (how) => {
      if (how === 'timed out') this.#goOnLater();
      end(how, []);
    };
    const name = order === 'due' ? 'audit what is due' : `audit ${order.day} ${order.trust ?? ''}`;
    this.#tell(name.trim());
    this.deps.timeline.wake();
    this.#audit(order)
      .finally(() => (this.#isSettled = true))
      .then(
        (reports) =>
          end(
            reports.map(({ day, outcome, reason = '' }) => `${day} ${outcome} ${reason}`.trim()).join('; '),
            reports,
          ),
        (error: unknown) => {
          if (!isExpected(error)) this.deps.fail(error);
          end(`failed: ${String(error)}`, []);
        },
      );
  }

  public verify(): Promise<VerifyReport> {
    this.deps.timeline.wake();
    return verifyChain(this.ports.files, this.ports);
  }

  #audit(order: AuditOrder): Promise<readonly DayReport[]> {
    const options = { ...this.deps, waitForReaders: (count: number) => this.#wait(count) };
    if (order === 'due') return auditDueDays(this.ports, options);
    return auditDay(this.ports, options, order).then((report) => [report]);
  }

  #wait(waitedCount: number): Promise<boolean> {
    if (waitedCount >= this.#waitsMax) return Promise.resolve(false);
    const { timeline, random } = this.deps;
    this.process.openCallCount++;
    return new Promise((resolve) => {
      const waitMs = random.chance(0.5) ? random.skewed(SHORT_WAIT_MS_MAX) : random.integer(1, WAIT_MS_MAX);
      timeline.after(waitMs, () => this.process.deliver(() => resolve(true)));
    });
  }

  #goOnLater(): void {
    const { timeline, random } = this.deps;
    timeline.after(random.skewed(HUNG_MS_MAX), () => {
      this.#tell('goes on');
      this.process.thaw();
      timeline.wake();
    });
  }

  #tell(what: string): void {
    this.deps.trace.add(this.deps.timeline.nowMs, this.process.name, what);
  }
}

/** What may end an audit. Anything else is a defect. */
const isExpected = (error: unknown): boolean =>
  error instanceof FenceLostError || error instanceof ServiceError || error instanceof StreamUnavailableError;
