import { EXPIRY_GUARD_MS } from '../../core/count/day-book.js';
import type { TotalsReader } from '../../core/ports.js';
import { FORMAT_VERSION, type Settings } from '../../core/settings.js';
import { HOUR_MS, DAY_MS, SLICE_MS, dayOf } from '../../core/time.js';
import { ShardPoller } from './event-source.js';
import { Faults } from './faults.js';
import { Firehose } from './firehose.js';
import { IngestNode } from './ingest-node.js';
import { FaultyNetwork } from './network.js';
import { Producer } from './producer.js';
import { Process } from './process.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { SandboxPool } from './sandbox-pool.js';
import { Sandbox } from './sandbox.js';
import { drawRates, drawShape, type Scenario, type Shape } from './scenario.js';
import { Scheduler } from './scheduler.js';
import { SimulatedCounters } from './simulated-counters.js';
import { SimulatedCatalog, SimulatedDays, SimulatedRejected } from './simulated-days.js';
import { SimulatedJournals } from './simulated-journals.js';
import { SimulatedStream, type Shard, type StreamRecord } from './simulated-stream.js';
import { Trace } from './trace.js';
import { Truth } from './truth.js';
import { Witness } from './witness.js';
import { planWorkload, type PlannedRequest } from './workload.js';

/** How long the stream keeps records. */
const STREAM_RETENTION_MS = 7 * DAY_MS;
/** Clocks of different hosts, against true time. */
const CLOCK_OFFSET_MS_MAX = 500;
const INGEST_NODES = 2;
/** Faults of one run, at most. */
const FAULTS_BASE = 200;
const FAULTS_PER_EVENT = 0.05;
/** Until a day is sealed, totals are empty. */
const NOTHING_SEALED: TotalsReader = {
  readTotals: async function* () {},
  readThrough: () => Promise.resolve({ value: 0, events: 0 }),
};
/** Steps of the world that one event may take, before the run counts as stuck. */
const STEPS_PER_EVENT = 100;

/** The whole system, simulated around the real use cases: clients, ingest, stream, counting, archive, tables. */
export class World {
  public readonly random: Random;
  public readonly shape: Shape;
  public readonly settings: Settings;
  public readonly trace: Trace;
  public readonly scheduler: Scheduler;
  public readonly faults: Faults;
  public readonly truth = new Truth();
  public readonly witness: Witness;
  public readonly journals: SimulatedJournals;
  public readonly counters: SimulatedCounters;
  public readonly days = new SimulatedDays();
  public readonly catalog = new SimulatedCatalog();
  public readonly rejected = new SimulatedRejected();
  public readonly firehose: Firehose;
  public readonly stream: SimulatedStream;
  public readonly producer: Producer;
  public readonly requests: readonly PlannedRequest[];
  /** Counted minus expected when everything was quiet; unknown, so 0, in a run that ended before. */
  public drift = 0;
  /** A journal was damaged on purpose: the alarm about it is right. */
  public isGapExpected = false;
  readonly #network: FaultyNetwork;
  readonly #sandboxes: SandboxPool;
  readonly #pollers: ShardPoller[] = [];
  #nodes: IngestNode[] = [];
  #nodeCount = 0;

  public constructor(public readonly scenario: Scenario) {
    this.random = new Random(`tally-${scenario.seed}`);
    this.shape = drawShape(this.random.fork('shape'), scenario.eventCount);
    this.settings = {
      formatVersion: FORMAT_VERSION,
      laneCount: this.shape.laneCount,
      sliceMs: SLICE_MS,
      lateness: [{ fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS }],
    };
    this.trace = new Trace(scenario.keepsTrace ?? false);
    this.scheduler = new Scheduler(STEPS_PER_EVENT * (scenario.eventCount + 500));
    const rates = { ...drawRates(this.random.fork('rates')), ...scenario.rates };
    this.faults = new Faults(
      this.random.fork('faults'),
      rates,
      new Set(scenario.suppressedFaults),
      FAULTS_BASE + scenario.eventCount * FAULTS_PER_EVENT,
    );
    this.#network = new FaultyNetwork(this.scheduler, this.faults, this.random.fork('network'), this.trace);
    this.witness = new Witness(this.truth, {
      checksRules: scenario.checksRules ?? true,
      isDaySealed: (timeMs) => this.days.isSealed(dayOf(timeMs)),
    });
    this.journals = new SimulatedJournals(this.witness);
    this.counters = new SimulatedCounters(this.witness, () => this.nowMs);
    this.firehose = new Firehose(this.scheduler, this.random.fork('firehose'), this.faults);
    this.#sandboxes = new SandboxPool(this.random.fork('sandboxes'), this.faults, (name) =>
      this.#makeSandbox(name),
    );
    this.stream = this.#makeStream();
    this.requests = this.#plan();
    this.producer = this.#makeProducer();
  }

  /** True time. */
  public get nowMs(): number {
    return this.shape.epochMs + this.scheduler.nowMs;
  }

  /** Clients have their answers, both readers have read everything. */
  public get isQuiet(): boolean {
    return this.producer.isDone && this.firehose.isEmpty && this.#pollers.every((poller) => poller.isDrained);
  }

  /** Let days pass in which nothing happens. No worker hangs that long: a sandbox that is stuck is taken down in hours. */
  public skipTo(atMs: number): void {
    this.#sandboxes.killHung();
    this.scheduler.skipTo(atMs - this.shape.epochMs);
  }

  /** Put a record into the stream that no client sent just now. */
  public bringUp(record: StreamRecord, hashKey: bigint): void {
    this.stream.append(record, hashKey);
  }

  /** Whatever workers knew, they know no more. */
  public killSandboxes(): void {
    this.#sandboxes.killAll();
  }

  /** Ingest starts over, elsewhere, with a number of stripes of its own. Requests under way are lost. */
  public redeploy(): void {
    for (const node of this.#nodes) node.process.die();
    const stripeCounts = [1, 2, 4].filter((count) => count <= this.shape.laneCount);
    const stripeCount = this.random.pick(stripeCounts);
    this.#nodes = Array.from({ length: INGEST_NODES }, () => this.#makeNode(stripeCount));
  }

  /** Somebody who looks at counters. Each is a process of its own, which may die like any other. */
  public makeReader(): Reader {
    const process = new Process('reader', () => this.scheduler.wake());
    const ports = {
      counters: this.counters.portOf(process, this.#network),
      totals: NOTHING_SEALED,
      days: this.days.portOf(process, this.#network),
      freshness: { countedThroughMs: () => Promise.resolve(this.nowMs) },
      clock: { nowMs: () => this.nowMs },
      settings: this.settings,
      streamRetentionMs: STREAM_RETENTION_MS,
    };
    return new Reader(ports, this.truth);
  }

  #makeStream(): SimulatedStream {
    return new SimulatedStream(this.shape.shardCount, {
      faults: this.faults,
      random: this.random.fork('stream'),
      onShard: (shard) => this.#read(shard),
      onRecord: (record) => {
        this.truth.store(record.bytes, (timeMs) => this.#isDayOver(timeMs));
        this.firehose.accept(record);
      },
    });
  }

  /** A child is read at once, while its parents may still be: order across shards is nothing to rely on. */
  #read(shard: Shard): void {
    const deps = {
      timeline: this.scheduler,
      faults: this.faults,
      random: this.random.fork(shard.name),
      trace: this.trace,
      sandboxes: this.#sandboxes,
    };
    this.#pollers.push(new ShardPoller(shard, deps));
  }

  /** An event of the day that comes now is too late to be counted. */
  #isDayOver(timeMs: number): boolean {
    const record = this.days.find(dayOf(timeMs));
    if (record === undefined) return false;
    return record.isSealed || this.nowMs >= record.expiresAtMs - EXPIRY_GUARD_MS;
  }

  #makeSandbox(name: string): Sandbox {
    const { scheduler, shape } = this;
    const offsetMs = this.random.integer(-CLOCK_OFFSET_MS_MAX, CLOCK_OFFSET_MS_MAX);
    const deps = {
      wake: () => scheduler.wake(),
      fail: (failure: unknown) => scheduler.fail(failure),
      checksRules: this.scenario.checksRules ?? true,
      isGapExpected: () => this.isGapExpected,
    };
    const makePorts = (process: Process) => ({
      journals: this.journals.portOf(process, this.#network),
      shards: this.counters.portOf(process, this.#network),
      days: this.days.portOf(process, this.#network),
      catalog: this.catalog.portOf(process, this.#network),
      rejected: this.rejected.portOf(process, this.#network),
      metrics: { add: () => undefined },
      clock: { nowMs: () => this.nowMs + offsetMs },
    });
    return new Sandbox(name, deps, makePorts, {
      settings: this.settings,
      streamRetentionMs: STREAM_RETENTION_MS,
      journalConcurrency: shape.journalConcurrency,
      commitEventCountMax: shape.commitEventCountMax,
      cacheBytesMax: shape.cacheBytesMax,
    });
  }

  #makeNode(stripeCount: number): IngestNode {
    const { settings, scheduler, shape } = this;
    return new IngestNode(`ingest-${++this.#nodeCount}`, {
      scheduler,
      settings,
      stripeCount,
      clockOffsetMs: this.random.integer(-CLOCK_OFFSET_MS_MAX, CLOCK_OFFSET_MS_MAX),
      epochMs: shape.epochMs,
      metrics: { add: () => undefined },
      makeStream: (process) =>
        this.stream.portOf(process, this.#network, { laneCount: settings.laneCount, stripeCount }),
      makeDays: (process) => this.days.portOf(process, this.#network),
    });
  }

  #plan(): PlannedRequest[] {
    const { scenario, shape } = this;
    const suppressed = new Set(scenario.suppressedRequests);
    return planWorkload(this.random.fork('workload'), {
      eventCount: scenario.eventCount,
      duplicateShare: scenario.duplicateShare ?? 0.1,
      startMs: shape.epochMs,
      spanMs: shape.spanMs,
    }).filter((_, index) => !suppressed.has(index));
  }

  #makeProducer(): Producer {
    const random = this.random.fork('producer');
    this.redeploy();
    return new Producer(this.requests, {
      timeline: this.scheduler,
      faults: this.faults,
      random,
      trace: this.trace,
      truth: this.truth,
      fail: (failure) => this.scheduler.fail(failure),
      takeNode: () => this.#takeNode(random),
    });
  }

  #takeNode(random: Random): IngestNode {
    this.#nodes = this.#nodes.map((node) =>
      node.process.isDead
        ? this.#makeNode(random.pick([1, 2, 4].filter((count) => count <= this.shape.laneCount)))
        : node,
    );
    return random.pick(this.#nodes);
  }
}
