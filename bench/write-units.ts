/**
 * What counting costs in DynamoDB: the real use case and the real adapters, over seeded events.
 *
 * Two lanes of the 64 are counted on DynamoDB itself (a local engine that says what each call consumes), and the same lanes in
 * memory by the sizes that DynamoDB documents: both must say the same, or the bench fails. Then all lanes are counted in
 * memory, over whole windows: that is the figure. Lanes are independent of each other, so a lane of a sample is a lane.
 */
import { DynamoDbCounterShards } from '../adapters/aws/dynamodb-counter-shards.js';
import { DynamoDbJournal } from '../adapters/aws/dynamodb-journal.js';
import { processTimer } from '../adapters/aws/timer.js';
import { WritePacer } from '../adapters/aws/write-pacer.js';
import { expectStoreUse } from '../core/cost/write-units.js';
import { WORKLOAD_DEFAULT, type Workload } from '../core/cost/workload.js';
import type { TallyEvent } from '../core/event.js';
import { makeLaneOf } from '../core/lane.js';
import type { CounterShards, JournalStore } from '../core/ports.js';
import { MINUTE_MS, SLICE_MS } from '../core/time.js';
import { createTables } from '../test/support/local-dynamodb.js';
import type { Bench, BenchIo } from './bench.js';
import { BENCH_DAY_MS, makeCounting } from './counting.js';
import { chunksOf, EventSource } from './events.js';
import { MeteredStore, portsAround } from './in-memory.js';
import { withDynamoDb, type ConsumedUnits } from './metered-dynamodb.js';

interface Case {
  readonly name: string;
  readonly given: Partial<Workload>;
  readonly freshnessSeconds: number;
  readonly goal: number;
}

const THOUSAND = { counterCount: 1_000 };
const LATE = { lateShare: 0.01 };
const LATE_AND_TYPES = { lateShare: 0.01, typeCount: 100 };

const CASES: readonly Case[] = [
  { name: '1,000 counters', given: THOUSAND, freshnessSeconds: 5, goal: 0.07 },
  { name: '1,000 counters', given: THOUSAND, freshnessSeconds: 60, goal: 0.025 },
  { name: '100,000 counters', given: {}, freshnessSeconds: 5, goal: 0.42 },
  { name: '100,000 counters', given: {}, freshnessSeconds: 60, goal: 0.2 },
  { name: '… 1 % late', given: LATE, freshnessSeconds: 5, goal: 0.45 },
  { name: '… 1 % late', given: LATE, freshnessSeconds: 60, goal: 0.23 },
  { name: '… 1 % late, 100 types', given: LATE_AND_TYPES, freshnessSeconds: 5, goal: 0.65 },
  { name: '… 1 % late, 100 types', given: LATE_AND_TYPES, freshnessSeconds: 60, goal: 0.26 },
  { name: '1 event/s', given: { eventsPerSecond: 1 }, freshnessSeconds: 5, goal: 3 },
];

const SAMPLED_LANES = new Set([5, 40]);
const SAMPLED_WINDOWS = 2;
const EVENTS_PER_CHUNK = 1_000;

/** One window in as many as a slice has lies over the slice's end, as it does when windows fall anywhere. */
const windowsOf = (freshnessSeconds: number): number =>
  Math.max(1, Math.min(10, SLICE_MS / (freshnessSeconds * 1_000)));
const firstWindowMs = BENCH_DAY_MS + 12 * 60 * MINUTE_MS;

export const writeUnits: Bench = {
  name: 'write-units',
  varies: 'counters, freshness, late events, types',
  reports: 'DynamoDB write and read units, calls and bytes per event, beside the goal and the cost model',
  run: (io) =>
    withDynamoDb(async (client, consumed) => {
      const rows: (string | number)[][] = [];
      for (const one of CASES) {
        const workload = { ...WORKLOAD_DEFAULT, ...one.given, freshnessSeconds: one.freshnessSeconds };
        io.progress(`${one.name}, ${one.freshnessSeconds} s: sample`);
        const sample = await compareSample(workload, client, consumed);
        rows.push([one.name, one.freshnessSeconds, ...(await measureAll(workload, one, io)), ...sample]);
      }
      io.progress('');
      return [
        {
          title:
            'DynamoDB write units per event: 5,000 events/s, Zipf 1, 64 lanes, both counters of an event',
          head: [
            'load',
            'freshness s',
            'goal',
            'measured',
            'model',
            'model/measured',
            'read units',
            'journal bytes',
            'SDK calls',
            'SDK calls/s a core',
            'sample: engine',
            'sample: memory',
          ],
          rows,
          notes: [
            'measured: all lanes, up to ten windows, by the documented sizes of the items that were written.',
            'read units: of the windows measured, whose journals begin empty; what late events read of full ones is in late-events.',
            "SDK calls/s a core: at this rate, with one core for each of four stripes; one core's limit is in sdk-calls.",
            'sample: write units of lanes 5 and 40 over two windows; engine is ReturnConsumedCapacity through the adapters.',
          ],
        },
      ];
    }),
};

/** The same sample on both stores. @throws if they differ: then one of the two measures wrongly. */
async function compareSample(
  workload: Workload,
  client: Parameters<ConsumedUnits['measure']>[0],
  consumed: ConsumedUnits,
): Promise<number[]> {
  const tables = await createTables(client);
  const pacer = new WritePacer({ timer: processTimer, windowMs: 1 });
  const journal = new DynamoDbJournal({ client, tableName: tables.journal, pacer });
  const counters = new DynamoDbCounterShards({ client, tableName: tables.counters, pacer });
  const engine: JournalStore & CounterShards = {
    readAfter: (...args) => journal.readAfter(...args),
    find: (...args) => journal.find(...args),
    append: (...args) => journal.append(...args),
    apply: (...args) => counters.apply(...args),
  };
  const laneOf = makeLaneOf(workload.laneCount);
  const isSampled = ({ partitionKey }: TallyEvent): boolean => SAMPLED_LANES.has(laneOf(partitionKey));
  consumed.reset();
  await countWindows(workload, engine, SAMPLED_WINDOWS, isSampled);
  const memory = new MeteredStore();
  await countWindows(workload, memory, SAMPLED_WINDOWS, isSampled);
  if (consumed.writeUnits !== memory.writeUnits) {
    throw new Error(
      `the engine consumed ${consumed.writeUnits} write units, the sizes say ${memory.writeUnits}`,
    );
  }
  return [consumed.writeUnits, memory.writeUnits];
}

async function measureAll(workload: Workload, one: Case, io: BenchIo): Promise<(string | number)[]> {
  const store = new MeteredStore();
  const windows = windowsOf(one.freshnessSeconds);
  const events = await countWindows(
    workload,
    store,
    windows,
    () => true,
    (window) => io.progress(`${one.name}, ${one.freshnessSeconds} s: window ${window} of ${windows}`),
  );
  const expected = expectStoreUse(workload, one.freshnessSeconds);
  const model = expected.journalWriteUnits + expected.counterWriteUnits;
  const measured = store.writeUnits / events;
  return [
    one.goal,
    measured.toFixed(4),
    model.toFixed(4),
    (model / measured).toFixed(3),
    (store.readUnits / events).toFixed(4),
    (store.journalBytes / events).toFixed(1),
    (store.calls / events).toFixed(4),
    Math.round(((store.calls / events) * workload.eventsPerSecond) / workload.stripeCount),
  ];
}

/** Count windows one after the other with one worker; returns how many events there were. */
async function countWindows(
  workload: Workload,
  store: JournalStore & CounterShards,
  windows: number,
  isCounted: (event: TallyEvent) => boolean,
  onWindow: (window: number) => void = () => undefined,
): Promise<number> {
  const source = new EventSource({ seed: 4, ...workload });
  const windowMs = workload.freshnessSeconds * 1_000;
  const counting = makeCounting(portsAround(store, BENCH_DAY_MS), { laneCount: workload.laneCount });
  // Short windows stay inside one slice; with long ones the last lies half in the next.
  const phaseMs = windows * windowMs > SLICE_MS / 2 ? windowMs / 2 : 0;
  // Slow loads need longer to have events at all.
  const repeats = workload.eventsPerSecond < 100 ? 100 : 1;
  let eventCount = 0;
  for (let window = 0; window < windows * repeats; window++) {
    onWindow(window + 1);
    const perWindow = workload.eventsPerSecond * workload.freshnessSeconds;
    const events = source.window(firstWindowMs + phaseMs + window * windowMs, windowMs, perWindow);
    eventCount += events.length;
    await counting.count(await chunksOf(events.filter(isCounted), EVENTS_PER_CHUNK));
  }
  return eventCount;
}
