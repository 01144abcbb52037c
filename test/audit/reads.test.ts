/** What a query costs, as reads and not as time: the same after few days and after many. */
import { DAY_MS, dayOf } from '../../core/time.js';
import { LmdbDays } from '../../adapters/embedded/lmdb-days.js';
import { parseCounterQuery } from '../../core/query/counter-query.js';
import { queryCounter } from '../../core/query/query-counter.js';
import { AuditEngine } from './audit-engine.js';

const FIRST_MS = Date.parse('2026-01-01T00:00:00Z');
const FEW = 3;
const MANY = 12;

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start('2026-01-01T08:00:00.000Z');
});
afterEach(() => engine.dispose());

/** One event a day, sealed up to `count` days; the newest event's day is still open. */
async function liveDays(from: number, count: number): Promise<void> {
  for (let day = from; day < count; day++) {
    const startMs = FIRST_MS + day * DAY_MS;
    engine.clock.set(startMs + DAY_MS / 2);
    await engine.send([{ id: `${day}`, time: new Date(startMs + DAY_MS / 3).toISOString(), subject: 's' }]);
    await engine.pump();
  }
  engine.clock.set(FIRST_MS + count * DAY_MS + DAY_MS / 4);
  await engine.auditDue();
  await engine.send([
    { id: `open-${count}`, time: new Date(engine.clock.nowMs()).toISOString(), subject: 's' },
  ]);
  await engine.pump();
}

/** Everything that a query reads: stored totals, and shards' hours. */
async function countReads(): Promise<{ reads: number; events: number }> {
  let reads = 0;
  async function* counted<T>(items: AsyncIterable<T>): AsyncIterable<T> {
    for await (const item of items) {
      reads++;
      yield item;
    }
  }
  const { counters, totals, clock } = engine.ports;
  const answer = await queryCounter(
    {
      counters: { readShards: (range) => counted(counters.readShards(range)) },
      totals: {
        readTotals: (range) => counted(totals.readTotals(range)),
        readThrough: (range) => {
          reads++;
          return totals.readThrough(range);
        },
      },
      days: new LmdbDays(engine.countData),
      freshness: { countedThroughMs: async () => clock.nowMs() },
      clock,
      settings: engine.options.settings,
      streamRetentionMs: engine.options.streamRetentionMs,
    },
    parseCounterQuery('used', {}),
  );
  return { reads, events: answer.events };
}

test('a total over everything takes as many reads after many days as after few', async () => {
  await liveDays(0, FEW);
  const few = await countReads();
  expect(few).toEqual({ reads: expect.any(Number) as number, events: FEW + 1 });
  await liveDays(FEW, MANY);
  expect(await engine.ports.ledger.sealedThrough()).toBe(dayOf(FIRST_MS + (MANY - 1) * DAY_MS));
  const many = await countReads();
  expect(many).toEqual({ reads: few.reads, events: MANY + 2 });
  expect(many.reads).toBeLessThanOrEqual(3);
}, 120_000);

test('the top subjects are stored by the seal: a read of one item, whatever the archive holds', async () => {
  await liveDays(0, 1);
  const tops = await engine.top('used', dayOf(FIRST_MS));
  expect(tops).toEqual([{ subject: 's', value: 1, events: 1 }]);
  expect(await engine.top('used', dayOf(FIRST_MS + DAY_MS))).toBeNull();
});
