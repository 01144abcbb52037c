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
const RECORD: StreamRecord = { chunkId: 'a', receivedAtMs: 0, bytes: new Uint8Array() };

/** Counts whatever it is given, at once. */
const countingSandbox = (): Sandbox => {
  const process = new Process('count', () => undefined);
  return {
    process,
    isIdle: true,
    invoke: (records: readonly StreamRecord[], _mustStop: unknown, onEnd: (outcome: object) => void) =>
      onEnd({ countedCount: records.length }),
  } as unknown as Sandbox;
};

/** Polls until nothing is left to happen; throws if that never comes. */
async function poll(shard: Shard, batchCountMax: number): Promise<void> {
  const [timeline, random] = [new Scheduler(STEPS_MAX), new Random('poller')];
  const faults = new Faults(random, {}, new Set(), 0);
  const sandboxes = new SandboxPool(random, faults, countingSandbox);
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
