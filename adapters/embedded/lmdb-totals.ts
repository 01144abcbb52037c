import type { SealedTotal } from '../../core/audit/ports.js';
import type { CounterSum, DayTotal, TotalsReader } from '../../core/ports.js';
import type { Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import type { CountData, StoredTotal } from './open-data.js';

/** Sorts behind every day. */
const AFTER_ALL_DAYS = '~';

export class LmdbTotals implements TotalsReader {
  public constructor(private readonly data: CountData) {}

  public async *readTotals({
    counter,
    fromDay,
    toDay,
  }: Parameters<TotalsReader['readTotals']>[0]): AsyncIterable<DayTotal> {
    readFresh(this.data);
    const range = this.data.totals.getRange({
      start: [counter, fromDay ?? ''],
      end: [counter, toDay ?? AFTER_ALL_DAYS],
      inclusiveEnd: true,
    });
    for (const { key, value } of range) yield totalOf(key[1], value);
  }

  public async readThrough({
    counter,
    day,
  }: Parameters<TotalsReader['readThrough']>[0]): Promise<CounterSum> {
    readFresh(this.data);
    const start: [string, Day] = [counter, day];
    const end: [string, Day] = [counter, ''];
    for (const { value: stored } of this.data.totals.getRange({ start, end, reverse: true, limit: 1 })) {
      return { value: stored[4], events: stored[5] };
    }
    return { value: 0, events: 0 };
  }

  /** Write sealed days of counters, replacing what is there: all of them or none. */
  public async write(totals: readonly SealedTotal[]): Promise<void> {
    await commit(this.data, () => putTotals(this.data, totals));
  }
}

/** Call inside a transaction. */
export function putTotals(data: Pick<CountData, 'totals'>, totals: readonly SealedTotal[]): void {
  for (const total of totals) void data.totals.put([total.counter, total.day], storedOf(total));
}

const storedOf = ({ value, events, isAdjusted, hours, through }: SealedTotal): StoredTotal => [
  value,
  events,
  isAdjusted,
  hours.flatMap((row) => [row.hour, row.value, row.events]),
  through.value,
  through.events,
];

function totalOf(day: string, [value, events, isAdjusted, flat]: StoredTotal): DayTotal {
  const hours: DayTotal['hours'][number][] = [];
  for (let at = 0; at < flat.length; at += 3) {
    hours.push({ hour: flat[at] ?? 0, value: flat[at + 1] ?? 0, events: flat[at + 2] ?? 0 });
  }
  return { day, value, events, hours, isAdjusted };
}
