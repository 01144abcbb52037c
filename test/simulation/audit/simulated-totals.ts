import type { Fence, SealWriter, SealedTotal, TopSubject } from '../../../core/audit/ports.js';
import type { CounterSum, DayTotal, TotalsReader } from '../../../core/ports.js';
import type { Day } from '../../../core/time.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import { STALE_MS, type SimulatedCounters } from '../simulated-counters.js';
import { Violation } from '../violation.js';
import { FENCE_LOST, requireFence, type SimulatedLedger } from './simulated-ledger.js';

/** A sealed day of a counter, and what it was before its last write. */
interface Versions {
  readonly current: SealedTotal | undefined;
  readonly previous: SealedTotal | undefined;
  readonly writtenAtMs: number;
}

type Range = Parameters<TotalsReader['readTotals']>[0];

/** The totals table, and everything else that a sealing run writes under its fence. */
export class SimulatedTotals {
  readonly #versionsByCounter = new Map<string, Map<Day, Versions>>();

  public constructor(
    private readonly deps: {
      readonly ledger: SimulatedLedger;
      readonly counters: SimulatedCounters;
      readonly isSealed: (day: Day) => boolean;
      readonly nowMs: () => number;
    },
  ) {}

  /** What is stored of a day. */
  public *ofDay(day: Day): Generator<SealedTotal> {
    for (const versionsByDay of this.#versionsByCounter.values()) {
      const total = versionsByDay.get(day)?.current;
      if (total !== undefined) yield total;
    }
  }

  public readerOf(caller: Process, network: Network): TotalsReader {
    const find = (range: Range): Promise<SealedTotal[]> =>
      network.call({ caller, what: `read totals of ${range.counter}`, effect: () => this.#find(range) });
    return {
      readTotals: async function* (range): AsyncGenerator<DayTotal> {
        for (const { through: _through, counter: _counter, ...total } of await find(range)) yield total;
      },
      readThrough: async ({ day, ...range }): Promise<CounterSum> =>
        (await find({ ...range, toDay: day })).at(-1)?.through ?? { value: 0, events: 0 },
    };
  }

  public writerOf(caller: Process, network: Network): SealWriter {
    const write = async (fence: Fence, what: string, effect: () => void): Promise<void> => {
      const text = `${what} of ${fence.day}, run ${fence.runNumber}`;
      requireFence(
        fence,
        await network.call({ caller, what: text, effect: () => this.#write(fence, effect) }),
      );
    };
    return {
      putTotals: (fence, totals) =>
        write(fence, `put ${totals.length} totals`, () => {
          for (const total of totals) this.#set(total.counter, total.day, total);
        }),
      removeTotals: (fence, counters) =>
        write(fence, `remove ${counters.length} totals`, () => {
          for (const counter of counters) this.#set(counter, fence.day, undefined);
        }),
      putAdjustments: (fence, adjustments, expiresAtMs) =>
        write(fence, `put ${adjustments.length} adjustments`, () => {
          for (const adjustment of adjustments) this.deps.counters.adjust(adjustment, expiresAtMs);
        }),
      putTop: (fence: Fence, tops: readonly { subjects: readonly TopSubject[] }[]) =>
        write(fence, `put top of ${tops.length} types`, () => undefined),
    };
  }

  #write(fence: Fence, effect: () => void): typeof FENCE_LOST | 'written' {
    const { ledger, isSealed } = this.deps;
    if (!ledger.holds(fence)) return FENCE_LOST;
    if (isSealed(fence.day))
      throw new Violation('sealed-totals-changed', `run ${fence.runNumber} writes to ${fence.day}`);
    effect();
    return 'written';
  }

  #set(counter: string, day: Day, current: SealedTotal | undefined): void {
    const versionsByDay = this.#versionsByCounter.get(counter) ?? new Map<Day, Versions>();
    this.#versionsByCounter.set(counter, versionsByDay);
    const previous = versionsByDay.get(day)?.current;
    versionsByDay.set(day, { current, previous, writtenAtMs: this.deps.nowMs() });
  }

  #find({ counter, fromDay = '', toDay = '~', consistency }: Range): SealedTotal[] {
    const nowMs = this.deps.nowMs();
    return [...(this.#versionsByCounter.get(counter) ?? [])]
      .filter(([day]) => day >= fromDay && day <= toDay)
      .map(([, { current, previous, writtenAtMs }]) =>
        consistency === 'eventual' && nowMs - writtenAtMs < STALE_MS ? previous : current,
      )
      .filter((total) => total !== undefined)
      .sort((a, b) => (a.day < b.day ? -1 : 1));
  }
}
