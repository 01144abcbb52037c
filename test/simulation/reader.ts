import { queryCounter, type CounterAnswer, type QueryPorts } from '../../core/query/query-counter.js';
import type { Consistency } from '../../core/ports.js';
import { minuteKeyOf, type Truth } from './truth.js';
import { Violation } from './violation.js';

/** More minutes than any run has. */
const ROWS_MAX = 10_000;

/**
 * People who look at counters while they are counted, with the real query code.
 *
 * An answer may be behind, by a write or, read eventually, by some. It is never ahead, and its parts always add up.
 */
export class Reader {
  public constructor(
    private readonly ports: QueryPorts,
    private readonly truth: Truth,
  ) {}

  public async ask(counter: string, consistency: Consistency): Promise<CounterAnswer> {
    const [type = '', subject = ''] = counter.split(/\/(.*)/s);
    const query = { type, subject, granularity: 'PT1M', consistency, limit: ROWS_MAX } as const;
    const answer = await queryCounter(this.ports, query);
    this.#requireSound(counter, answer);
    return answer;
  }

  /** Once everything is quiet: the answer is the truth, minute by minute. */
  public async askForTruth(): Promise<void> {
    const minutesByCounter = new Map<string, number>();
    for (const key of this.truth.tallies.keys()) {
      const counter = key.slice(0, key.lastIndexOf('|'));
      minutesByCounter.set(counter, (minutesByCounter.get(counter) ?? 0) + 1);
    }
    for (const [counter, minuteCount] of minutesByCounter) {
      const { rows } = await this.ask(counter, 'strong');
      const isTrue = rows.every(({ from, value, events }) => {
        const tally = this.truth.tallies.get(minuteKeyOf(counter, Date.parse(from)));
        return tally?.value === value && tally.events === events;
      });
      if (!isTrue || rows.length !== minuteCount) {
        throw new Violation(
          'answer-wrong',
          `${counter} is answered with ${rows.length} minutes; it has ${minuteCount}`,
        );
      }
    }
  }

  #requireSound(counter: string, { rows, value, events }: CounterAnswer): void {
    let [valueSum, eventSum] = [0, 0];
    for (const row of rows) {
      valueSum += row.value;
      eventSum += row.events;
      const accepted = this.truth.tallies.get(minuteKeyOf(counter, Date.parse(row.from)))?.events ?? 0;
      if (row.events > accepted) {
        throw new Violation(
          'answer-wrong',
          `${counter} is said to have ${row.events} events at ${row.from}, of ${accepted}`,
        );
      }
    }
    if (valueSum !== value || eventSum !== events) {
      throw new Violation(
        'answer-wrong',
        `${counter}: ${rows.length} rows have ${eventSum} events, the total ${events}`,
      );
    }
  }
}
