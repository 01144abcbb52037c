import { ShardPoller } from './event-source.js';
import { Faults } from './faults.js';
import { Process } from './process.js';
import { Random } from './random.js';
import type { Sandbox } from './sandbox.js';
import { SandboxPool } from './sandbox-pool.js';
import { Scheduler } from './scheduler.js';
import type { Shard, StreamRecord } from './simulated-stream.js';
import { Trace } from './trace.js';

const STEPS_MAX = 1_000;
const HOUR_MS = 3_600_000;
const RECORD: StreamRecord = { chunkId: 'a', receivedAtMs: 0, bytes: new Uint8Array() };

const countAtOnce = (records: readonly StreamRecord[], onEnd: (outcome: object) => void): void =>
  onEnd({ countedCount: records.length });

const sandboxThat = (count: typeof countAtOnce): Sandbox =>
  ({
    process: new Process('count', () => undefined),
    isIdle: true,
    invoke: (records: readonly StreamRecord[], _mustStop: unknown, onEnd: (outcome: object) => void) =>
      count(records, onEnd),
  }) as unknown as Sandbox;

/** Polls until nothing is left to happen; throws if that never comes. */
async function poll(shard: Shard, batchCountMax: number): Promise<void> {
  const [timeline, random] = [new Scheduler(STEPS_MAX), new Random('poller')];
  const faults = new Faults(random, {}, new Set(), 0);
  const sandboxes = new SandboxPool(random, faults, () => sandboxThat(countAtOnce));
  const deps = { timeline, faults, random, trace: new Trace(false), sandboxes, maySetAside: () => true };
  const poller = new ShardPoller(shard, deps, { from: 0, batchCountMax });
  await timeline.runUntil(() => false);
  expect(poller.isDrained).toBe(true);
}

const shardOf = (recordCount: number, isClosed: boolean): Shard => ({
  name: 'shard-1',
  fromHashKey: 0n,
  toHashKey: 1n,
  parents: [],
  records: Array.from({ length: recordCount }, () => RECORD),
  isClosed,
  setAsideThrough: 0,
});

// Once it went on for ever beside an open shard with less than its share of batches: seed 622 never came to an end.
it('a second poller ends with the records that there are', () => poll(shardOf(3, false), 100));

it('a main poller ends with a closed shard', () => poll(shardOf(3, true), Number.POSITIVE_INFINITY));

it('a main poller waits for more in an open shard', () =>
  expect(poll(shardOf(3, false), Number.POSITIVE_INFINITY)).rejects.toThrow('stuck'));

// Once a poller that had gone back to an older position took word of a new record for leave to begin a second batch, and then went
// on behind records that it had never read: they were counted by nobody.
it('gives one batch at a time, whatever comes meanwhile', async () => {
  const [timeline, random] = [new Scheduler(10 * STEPS_MAX), new Random('poller')];
  const faults = new Faults(random, { oldCheckpoint: 1 }, new Set(), Number.POSITIVE_INFINITY);
  let openCount = 0;
  let openCountMax = 0;
  const countSlowly = (records: readonly StreamRecord[], onEnd: (outcome: object) => void): void => {
    openCountMax = Math.max(openCountMax, ++openCount);
    timeline.after(HOUR_MS, () => {
      openCount--;
      countAtOnce(records, onEnd);
    });
  };
  const sandboxes = new SandboxPool(random, faults, () => sandboxThat(countSlowly));
  const deps = { timeline, faults, random, trace: new Trace(false), sandboxes, maySetAside: () => true };
  const poller = new ShardPoller(shardOf(3, false), deps);
  for (let minute = 1; minute < 600; minute++) timeline.after(minute * 60_000, () => poller.notify());
  await timeline.runUntil(() => timeline.nowMs > 10 * HOUR_MS);
  expect(openCountMax).toBe(1);
});
