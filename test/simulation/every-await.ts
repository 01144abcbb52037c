import { gzipSync } from 'node:zlib';
import { formatArchiveLine } from '../../core/archive-line.js';
import type { CountPorts } from '../../core/count/count.js';
import { FORMAT_VERSION, type Settings } from '../../core/settings.js';
import { DAY_MS, HOUR_MS, SLICE_MS } from '../../core/time.js';
import { requireExact } from './checks.js';
import { CALL_FAULTS, type CallFault } from './faults.js';
import { FaultyNetwork } from './network.js';
import type { Process } from './process.js';
import { Random } from './random.js';
import { Sandbox, type InvocationOutcome } from './sandbox.js';
import { Scheduler } from './scheduler.js';
import { SimulatedCounters } from './simulated-counters.js';
import { SimulatedCatalog, SimulatedDays, SimulatedRejected } from './simulated-days.js';
import { SimulatedJournals } from './simulated-journals.js';
import type { StreamRecord } from './simulated-stream.js';
import { Trace } from './trace.js';
import { Truth } from './truth.js';
import { Violation } from './violation.js';
import { Witness } from './witness.js';

/** Which call meets which fault, by the number of the call. */
type FaultScript = ReadonlyMap<number, CallFault>;

/** How a batch is given to workers. */
export interface Delivery {
  /** Workers that get the batch at the same time. */
  readonly workerCount: number;
  /** Where a failed batch goes: to the sandbox that failed (if it lives), or to a cold one. */
  readonly retriesWarm: boolean;
}

/** What an exhaustive search came to. */
export interface Exploration {
  readonly caseCount: number;
  /** Calls of the case in which nothing fails. */
  readonly callCount: number;
  /** The first script under which a count was wrong, and what was wrong. */
  readonly failure: string | null;
}

const EPOCH_MS = Date.parse('2026-11-21T23:58:00Z');
const STEPS_MAX = 20_000;
/** Longer than any call may take effect late. */
const LAST_EFFECTS_MS = 120_000;

const SETTINGS: Settings = {
  formatVersion: FORMAT_VERSION,
  laneCount: 1,
  sliceMs: SLICE_MS,
  lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
};

/**
 * The smallest case with everything in it: two journals, one of them with more counters than fit an entry (as `bundle.ts` makes entries small), a duplicate,
 * values that cancel out.
 */
const RECORDS: readonly StreamRecord[] = [
  recordOf('a', [
    { subject: 'v'.repeat(250), value: 1, minute: 0 },
    { subject: 'w'.repeat(250), value: 5, minute: 1 },
    { subject: 'w'.repeat(250), value: -5, minute: 1 },
    { subject: 'x'.repeat(250), value: 1, minute: 0 },
    { subject: 'y'.repeat(250), value: 1, minute: 0 },
    { subject: 'z'.repeat(250), value: 1, minute: 0 },
    { subject: 'z'.repeat(240), value: 0, minute: 0 },
  ]),
  recordOf('b', [{ subject: '', value: 2, minute: 3 }]),
];

/**
 * Count the small case under every fault of every call; with a depth of 2, under every two faults of every two calls.
 */
export async function explore(delivery: Delivery, depth: 1 | 2): Promise<Exploration> {
  let callCount = 0;
  let caseCount = 0;
  const failureOf = async (script: FaultScript): Promise<string | null> => {
    caseCount++;
    try {
      const count = await countSmallCase(delivery, script);
      if (script.size === 0) callCount = count;
      return null;
    } catch (error) {
      return `${JSON.stringify([...script])}: ${String(error)}`;
    }
  };
  let failure = await failureOf(new Map());
  const scripts = depth === 1 ? singles(callCount) : pairs(callCount);
  for (const script of scripts) failure ??= await failureOf(script);
  return { caseCount, callCount, failure };
}

function* singles(callCount: number): Generator<FaultScript> {
  for (let call = 0; call < callCount; call++)
    for (const fault of CALL_FAULTS) yield new Map([[call, fault]]);
}

/** The second fault may meet a call of the retry, of which there are about as many again. */
function* pairs(callCount: number): Generator<FaultScript> {
  const faults = CALL_FAULTS.filter((fault) => fault !== 'slow' && fault !== 'throttled');
  for (let first = 0; first < callCount; first++) {
    for (let second = first + 1; second < 2 * callCount; second++) {
      for (const a of faults)
        for (const b of faults)
          yield new Map([
            [first, a],
            [second, b],
          ]);
    }
  }
}

/** The calls that were made; throws what was violated. */
async function countSmallCase(delivery: Delivery, script: FaultScript): Promise<number> {
  let callCount = 0;
  const world = makeSmallWorld(delivery, () => script.get(callCount++) ?? null);
  await world.run();
  requireExact(world);
  return callCount;
}

interface SmallWorld {
  readonly truth: Truth;
  readonly counters: SimulatedCounters;
  run(): Promise<void>;
}

function makeSmallWorld(delivery: Delivery, ofCall: () => CallFault): SmallWorld {
  const scheduler = new Scheduler(STEPS_MAX);
  const network = new FaultyNetwork(scheduler, { ofCall }, new Random('small'), new Trace(false));
  const truth = new Truth();
  const witness = new Witness(truth, { checksRules: true, isDaySealed: () => false });
  const counters = new SimulatedCounters(witness, () => EPOCH_MS + scheduler.nowMs);
  const journals = new SimulatedJournals(witness, () => EPOCH_MS + scheduler.nowMs);
  const days = new SimulatedDays();
  const [catalog, rejected] = [new SimulatedCatalog(), new SimulatedRejected()];
  for (const { bytes } of RECORDS) truth.store(bytes, () => false);
  const makePorts = (process: Process): CountPorts => ({
    journals: journals.portOf(process, network),
    shards: counters.portOf(process, network),
    days: days.portOf(process, network),
    catalog: catalog.portOf(process, network),
    rejected: rejected.portOf(process, network),
    metrics: { add: () => undefined },
    clock: { nowMs: () => EPOCH_MS + scheduler.nowMs },
  });
  let sandboxCount = 0;
  const deps = {
    wake: () => scheduler.wake(),
    fail: (failure: unknown) => scheduler.fail(failure),
    checksRules: true,
    isGapExpected: () => false,
  };
  const options = {
    settings: SETTINGS,
    streamRetentionMs: 7 * DAY_MS,
    journalConcurrency: 2,
    commitEventCountMax: 100,
    cacheBytesMax: 100_000,
  };
  const makeSandbox = (): Sandbox => new Sandbox(`count-${++sandboxCount}`, deps, makePorts, options);
  return { truth, counters, run: () => deliverUntilCounted(scheduler, delivery, makeSandbox) };
}

async function deliverUntilCounted(
  scheduler: Scheduler,
  { workerCount, retriesWarm }: Delivery,
  makeSandbox: () => Sandbox,
): Promise<void> {
  let countedCount = 0;
  const deliver = (sandbox: Sandbox): void =>
    sandbox.invoke(
      RECORDS,
      () => false,
      (outcome: InvocationOutcome) => {
        if ('countedCount' in outcome) countedCount++;
        else
          scheduler.after(1, () => deliver(retriesWarm && !sandbox.process.isDead ? sandbox : makeSandbox()));
      },
    );
  for (let worker = 0; worker < workerCount; worker++) deliver(makeSandbox());
  await scheduler.runUntil(() => countedCount === workerCount);
  if (countedCount < workerCount)
    throw new Violation('stuck', 'nothing is left to happen, and the batch is not counted');
  const untilMs = scheduler.nowMs + LAST_EFFECTS_MS;
  await scheduler.runUntil(() => scheduler.nowMs >= untilMs);
}

function recordOf(
  name: string,
  events: readonly { readonly subject: string; readonly value: number; readonly minute: number }[],
): StreamRecord {
  const lines = events.map(({ subject, value, minute }, index) => {
    const partitionKey = subject === '' ? 't' : `t/${subject}`;
    const timeMs = EPOCH_MS + minute * 60_000;
    const event = {
      id: `${name}${index}`,
      source: 's',
      type: 't',
      subject,
      partitionKey,
      timeMs,
      value,
      restJson: '',
    };
    return formatArchiveLine(event, { receivedAtMs: EPOCH_MS, chunkId: name, position: index });
  });
  const twice = [...lines, lines[0] ?? ''];
  return { chunkId: name, receivedAtMs: EPOCH_MS, bytes: gzipSync(`${twice.join('\n')}\n`) };
}
