import type { Granularity } from '../../core/query/counter-query.js';
import { queryCounter, type CounterAnswer, type QueryPorts } from '../../core/query/query-counter.js';
import type { Consistency } from '../../core/ports.js';
import type { Random } from './random.js';
import type { Tally, Truth } from './truth.js';
import { Violation } from './violation.js';

/** More minutes than any run has. */
const ROWS_MAX = 10_000;

/** `null`: the total alone. */
const UNIT_MS = { PT1M: 60_000, PT1H: 3_600_000, P1D: 86_400_000, total: null } as const;
type Unit = keyof typeof UNIT_MS;
const UNITS = Object.keys(UNIT_MS) as Unit[];

/**
 * People who look at counters while they are counted and sealed, with the real query code.
 *
 * An answer may be behind, by a write or, read eventually, by some. It is never ahead, and its parts always add up.
 */
export class Reader {
  public constructor(
    private readonly ports: QueryPorts,
    private readonly truth: Truth,
  ) {}

  /** A question about a counter, in any unit. */
  public async askAnything(random: Random, counter: string): Promise<void> {
    await this.#ask(counter, random.pick(UNITS), random.pick(['eventual', 'strong'] as const));
  }

  /** Once everything is quiet: the answer is the truth, in every unit. */
  public async askForTruth(): Promise<void> {
    const counters = new Set([...this.truth.tallies.keys()].map((key) => key.slice(0, key.lastIndexOf('|'))));
    for (const counter of counters) {
      for (const unit of UNITS) {
        const answer = await this.#ask(counter, unit, 'strong');
        const expected = this.#truthOf(counter, unit);
        const sums = unit === 'total' ? [{ ...answer, from: '' }] : answer.rows;
        const isTrue = sums.every(({ from, value, events }) => {
          const tally = expected.get(unit === 'total' ? 0 : Date.parse(from));
          return tally?.value === value && tally.events === events;
        });
        if (!isTrue || sums.length !== expected.size) {
          const message = `${counter} is answered with ${sums.length} of ${expected.size} rows, by ${unit}`;
          throw new Violation('answer-wrong', message);
        }
      }
    }
  }

  async #ask(counter: string, unit: Unit, consistency: Consistency): Promise<CounterAnswer> {
    const [type = '', subject = ''] = counter.split(/\/(.*)/s);
    const granularity = unit === 'total' ? {} : { granularity: unit satisfies Granularity };
    // Sealed days answer minutes only from a day that is named: the first ones have expired one day.
    const range = unit === 'PT1M' ? { fromMs: this.#firstDayMs(counter) } : {};
    const query = { type, subject, ...granularity, ...range, consistency, limit: ROWS_MAX };
    const answer = await queryCounter(this.ports, query);
    this.#requireSound(counter, unit, answer);
    return answer;
  }

  #requireSound(counter: string, unit: Unit, { rows, value, events }: CounterAnswer): void {
    const accepted = this.#truthOf(counter, unit);
    const sums = unit === 'total' ? [{ from: '', value, events }] : rows;
    let [valueSum, eventSum] = [0, 0];
    for (const row of sums) {
      valueSum += row.value;
      eventSum += row.events;
      const acceptedCount = accepted.get(unit === 'total' ? 0 : Date.parse(row.from))?.events ?? 0;
      if (row.events > acceptedCount) {
        const message = `${counter} is said to have ${row.events} events at ${row.from || 'all times'}, of ${acceptedCount}`;
        throw new Violation('answer-wrong', message);
      }
    }
    if (valueSum !== value || eventSum !== events) {
      const message = `${counter}: ${rows.length} rows have ${eventSum} events, the total ${events}`;
      throw new Violation('answer-wrong', message);
    }
  }

  #firstDayMs(counter: string): number {
    return Math.min(...this.#truthOf(counter, 'P1D').keys());
  }

  /** By the start of each unit; the total stands at 0. */
  #truthOf(counter: string, unit: Unit): Map<number, Tally> {
    const unitMs = UNIT_MS[unit];
    const sums = new Map<number, Tally>();
    for (const [key, { value, events }] of this.truth.tallies) {
      if (!key.startsWith(`${counter}|`)) continue;
      const minuteMs = Number(key.slice(counter.length + 1));
      const startMs = unitMs === null ? 0 : Math.floor(minuteMs / unitMs) * unitMs;
      const sum = sums.get(startMs) ?? { value: 0, events: 0 };
      sums.set(startMs, { value: sum.value + value, events: sum.events + events });
    }
    return sums;
  }
}
