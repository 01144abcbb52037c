import {
  EVENTS_PER_HOUR,
  HISTORY_TYPE,
  historyPorts,
  subjectOf,
  writeHistory,
} from '../../../bench/sealed-history.js';
import { parseCounterQuery, type QueryParameters } from '../../../core/query/counter-query.js';
import { queryCounter, type QueryPorts } from '../../../core/query/query-counter.js';
import { openTemporaryCountData } from '../../adapters/embedded/embedded-data.js';

interface Reads {
  through: number;
  totals: number;
  shards: number;
}

/** The same ports, counting what is read through them: calls for a sum, items for the rest. */
function counted(ports: QueryPorts, reads: Reads): QueryPorts {
  async function* each<Item>(items: AsyncIterable<Item>, name: 'totals' | 'shards'): AsyncIterable<Item> {
    for await (const item of items) {
      reads[name]++;
      yield item;
    }
  }
  return {
    ...ports,
    counters: { readShards: (range) => each(ports.counters.readShards(range), 'shards') },
    totals: {
      readTotals: (range) => each(ports.totals.readTotals(range), 'totals'),
      readThrough: (range) => {
        reads.through++;
        return ports.totals.readThrough(range);
      },
    },
  };
}

async function readsOver(
  dayCount: number,
  parameters: QueryParameters,
): Promise<{ reads: Reads; events: number }> {
  const { data, dispose } = await openTemporaryCountData();
  try {
    await writeHistory(data, { dayCount, counterCount: 2 });
    const reads = { through: 0, totals: 0, shards: 0 };
    const query = parseCounterQuery(HISTORY_TYPE, { ...parameters, subject: subjectOf(1) });
    const { events } = await queryCounter(counted(historyPorts(data), reads), query);
    return { reads, events };
  } finally {
    await dispose();
  }
}

// Three open days of 24 hours on four lanes.
const OPEN_SHARDS = 3 * 24 * 4;
const OPEN_HOURS = 3 * 24;

describe('what a query reads', () => {
  it.each([1, 30, 400])(
    'of everything, with %i sealed days behind it: one sum and the open days',
    async (dayCount) => {
      const { reads, events } = await readsOver(dayCount, {});
      expect(reads).toEqual({ through: 1, totals: 0, shards: OPEN_SHARDS });
      expect(events).toBe((dayCount * 24 + OPEN_HOURS) * EVENTS_PER_HOUR);
    },
  );

  it.each([30, 400])('of a range of days, with %i sealed days behind it: two sums', async (dayCount) => {
    const { reads } = await readsOver(dayCount, { from: '2026-11-10T00:00:00Z', to: '2026-11-15T00:00:00Z' });
    expect(reads).toEqual({ through: 2, totals: 0, shards: 0 });
  });

  it.each([30, 400])(
    'by hour over five days, with %i sealed days behind it: those five',
    async (dayCount) => {
      const { reads } = await readsOver(dayCount, {
        from: '2026-11-10T00:00:00Z',
        to: '2026-11-15T00:00:00Z',
        granularity: 'PT1H',
      });
      expect(reads).toEqual({ through: 0, totals: 5, shards: 0 });
    },
  );
});
