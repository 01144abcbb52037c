import type { Act } from '../../../core/audit/act.js';
import {
  FenceLostError,
  type AuditLedger,
  type DayState,
  type Fence,
  type MarkerLog,
  type MarkerProgress,
} from '../../../core/audit/ports.js';
import type { Marker } from '../../../core/audit/marker.js';
import type { DayReport } from '../../../core/audit/report.js';
import type { Day } from '../../../core/time.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { SimulatedDays } from '../simulated-days.js';
import { Violation } from '../violation.js';

type Runs = Pick<DayState, 'runNumber' | 'totalsRunNumbers' | 'report'>;

/** What a write answers when its run was overtaken. */
export const FENCE_LOST = 'fence lost';

const NO_RUNS: Runs = { runNumber: 0, totalsRunNumbers: [], report: null };

/** Call with a write's answer: throws if the run had lost its fence. */
export function requireFence<T>(fence: Fence, answer: T | typeof FENCE_LOST): T {
  if (answer === FENCE_LOST) throw new FenceLostError(fence);
  return answer;
}

/** The days table as the audit uses it: runs, fences, markers and the chain of acts. */
export class SimulatedLedger {
  readonly #runsByDay = new Map<Day, Runs>();
  readonly #acts: Act[] = [];
  readonly #stripesByDay = new Map<Day, Set<number>>();

  public constructor(
    private readonly days: SimulatedDays,
    private readonly hooks: {
      /** Told of a run as it takes its number. */
      readonly onBegin: (day: Day) => void;
      /** Told of markers as counting passes them. */
      readonly onPassed: (markers: readonly Marker[]) => void;
      /** Told of what a run that does not seal has to say. */
      readonly onReport: (day: Day, report: DayReport) => void;
      /** Told of a seal before it is made. */
      readonly onSeal: (day: Day, act: Act, report: DayReport) => void;
    },
  ) {}

  public get acts(): readonly Act[] {
    return this.#acts;
  }

  public reportOf(day: Day): DayReport | null {
    return this.#runsOf(day).report;
  }

  /** The run may write: its day is not sealed, and no newer run began. */
  public holds({ day, runNumber }: Fence): boolean {
    if (this.days.isSealed(day)) return false;
    return this.#runsOf(day).runNumber === runNumber;
  }

  /** The ports, as one process holds them. */
  public portOf(caller: Process, network: Network): AuditLedger & MarkerLog & MarkerProgress {
    const call = <T>(what: string, effect: () => T): Promise<T> => network.call({ caller, what, effect });
    const fenced = async <T>(fence: Fence, what: string, effect: () => T | typeof FENCE_LOST): Promise<T> => {
      const text = `${what} of ${fence.day}, run ${fence.runNumber}`;
      return requireFence(fence, await call(text, () => (this.holds(fence) ? effect() : FENCE_LOST)));
    };
    return {
      listDays: (range) => call('list days', () => this.#list(range)),
      sealedThrough: () => call('read sealed through', () => this.days.sealedThrough()),
      beginRun: (day, expiresAtMs) => call(`begin run of ${day}`, () => this.#beginRun(day, expiresAtMs)),
      beginTotals: (fence) => fenced(fence, 'begin totals', () => this.#beginTotals(fence)),
      putReport: (fence, report) => fenced(fence, 'put report', () => this.#putReport(fence.day, report)),
      newestAct: () => call('read newest act', () => this.#acts.at(-1) ?? null),
      seal: (fence, act, report) =>
        fenced(fence, 'seal', () =>
          this.#isBehindSeals(fence.day) ? FENCE_LOST : this.#seal(fence.day, act, report),
        ),
      markersPassed: (markers) =>
        call(`${markers.length} markers passed`, () => {
          this.hooks.onPassed(markers);
          for (const { day, stripe } of markers) this.#stripesOf(day).add(stripe);
        }),
      stripesPassed: (day) => call(`read markers of ${day}`, () => [...this.#stripesOf(day)]),
    };
  }

  #list({ fromDay = '', toDay = '~' }: { fromDay?: Day; toDay?: Day }): DayState[] {
    return this.days
      .all()
      .filter(({ day }) => day >= fromDay && day <= toDay)
      .sort((a, b) => (a.day < b.day ? -1 : 1))
      .map(({ day, isSealed }) => ({ day, isSealed, ...this.#runsOf(day) }));
  }

  #beginRun(day: Day, expiresAtMs: number): number | null {
    if (this.days.open(day, expiresAtMs).isSealed) return null;
    const runNumber = this.#runsOf(day).runNumber + 1;
    this.#change(day, { runNumber });
    this.hooks.onBegin(day);
    return runNumber;
  }

  #beginTotals({ day, runNumber }: Fence): void {
    this.#change(day, { totalsRunNumbers: [...this.#runsOf(day).totalsRunNumbers, runNumber] });
  }

  /** What is said of a day is never older than what was said before, nor anything but its seal once it is sealed. */
  #putReport(day: Day, report: DayReport): void {
    const before = this.reportOf(day);
    if (before !== null && (before.runNumber > report.runNumber || before.outcome === 'sealed'))
      throw new Violation(
        'report-goes-back',
        `run ${report.runNumber} says "${report.outcome}" of ${day}, after run ${before.runNumber} said "${before.outcome}"`,
      );
    this.hooks.onReport(day, report);
    this.#change(day, { report });
  }

  #isBehindSeals(day: Day): boolean {
    return (this.days.sealedThrough() ?? '') > day;
  }

  #seal(day: Day, act: Act, report: DayReport): boolean {
    if (this.#acts.some(({ sequence }) => sequence === act.sequence)) return false;
    this.hooks.onSeal(day, act, report);
    this.#acts.push(act);
    this.#change(day, { report });
    this.days.seal(day);
    return true;
  }

  #runsOf(day: Day): Runs {
    return this.#runsByDay.get(day) ?? NO_RUNS;
  }

  #change(day: Day, change: Partial<Runs>): void {
    this.#runsByDay.set(day, { ...this.#runsOf(day), ...change });
  }

  #stripesOf(day: Day): Set<number> {
    const stripes = this.#stripesByDay.get(day) ?? new Set<number>();
    this.#stripesByDay.set(day, stripes);
    return stripes;
  }
}
