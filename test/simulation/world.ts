import { EXPIRY_GUARD_MS } from '../../core/count/day-book.js';
import { closeMsOf } from '../../core/settings.js';
import { DAY_MS, MINUTE_MS, dayOf, type Day } from '../../core/time.js';
import { Auditors } from './audit/auditors.js';
import { MarkerChecks } from './audit/marker-checks.js';
import { requireInnocentReport, requireSoundSeal } from './audit/seal-checks.js';
import { SimulatedFiles } from './audit/simulated-files.js';
import { SimulatedLedger } from './audit/simulated-ledger.js';
import { SimulatedReceipts } from './audit/simulated-receipts.js';
import { SimulatedTotals } from './audit/simulated-totals.js';
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
import { LATENESSES_MS, drawRates, drawShape, type Scenario, type Shape } from './scenario.js';
import { Scheduler } from './scheduler.js';
import { OperatorSettings } from './operator-settings.js';
import { SimulatedCounters } from './simulated-counters.js';
import { SimulatedCatalog, SimulatedDays, SimulatedRejected } from './simulated-days.js';
import { SimulatedJournals } from './simulated-journals.js';
import { SimulatedStream, type Shard, type StreamRecord } from './simulated-stream.js';
import { Trace } from './trace.js';
import { Truth, readLines } from './truth.js';
import { Witness } from './witness.js';
import { planWorkload, type PlannedRequest } from './workload.js';

/** How long the stream keeps records. */
export const STREAM_RETENTION_MS = 7 * DAY_MS;
/** Clocks of different hosts, against true time. */
export const CLOCK_OFFSET_MS_MAX = 500;
/** What may come after the last close, with faults still on. */
const LAST_NIGHT_MS = 6 * 3_600_000;
const INGEST_NODES = 2;
const LAST_HASH_KEY = (1n << 128n) - 1n;
/** Faults of one run, at most. */
const FAULTS_BASE = 200;
const FAULTS_PER_EVENT = 0.05;
const FAULTS_PER_DAY = 400;
/** Steps of the world that one event may take, before the run counts as stuck. */
const STEPS_PER_EVENT = 100;
const STEPS_PER_DAY = 300_000;

/** The whole system, simulated around the real use cases: clients, ingest, stream, counting, archive, tables. */
export class World {
  public readonly random: Random;
  public readonly shape: Shape;
  public readonly settings: OperatorSettings;
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
  public readonly ledger: SimulatedLedger;
  public readonly totals: SimulatedTotals;
  public readonly files = new SimulatedFiles();
  public readonly auditors: Auditors;
  public readonly receipts: SimulatedReceipts;
  /** Records that counting gave up. */
  public readonly setAside: { readonly record: StreamRecord }[] = [];
  public readonly firehose: Firehose;
  public readonly stream: SimulatedStream;
  public readonly producer: Producer;
  public readonly requests: readonly PlannedRequest[];
  /** Counted minus expected when everything was quiet; unknown, so 0, in a run that ended before. */
  public drift = 0;
  /** A journal was damaged on purpose: the alarm about it is right. */
  public isGapExpected = false;
  /** `null`: rules are not looked at. */
  readonly #markerChecks: MarkerChecks | null;
  readonly #network: FaultyNetwork;
  readonly #sandboxes: SandboxPool;
  readonly #pollers = new Map<Shard, ShardPoller>();
  #nodes: IngestNode[] = [];
  #nodeCount = 0;

  public constructor(public readonly scenario: Scenario) {
    this.random = new Random(`tally-${scenario.seed}`);
    this.shape = drawShape(this.random.fork('shape'), scenario);
    const { dayCount } = this.shape;
    this.settings = new OperatorSettings(this.shape);
    this.trace = new Trace(scenario.keepsTrace ?? false, this.shape.epochMs);
    this.scheduler = new Scheduler(STEPS_PER_EVENT * (scenario.eventCount + 500) + STEPS_PER_DAY * dayCount);
    const rates = { ...drawRates(this.random.fork('rates'), this.shape), ...scenario.rates };
    this.faults = new Faults(
      this.random.fork('faults'),
      rates,
      new Set(scenario.suppressedFaults),
      FAULTS_BASE + FAULTS_PER_DAY * dayCount + scenario.eventCount * FAULTS_PER_EVENT,
    );
    this.#network = new FaultyNetwork(this.scheduler, this.faults, this.random.fork('network'), this.trace);
    this.witness = new Witness(this.truth, {
      checksRules: scenario.checksRules ?? true,
      isDaySealed: (timeMs) => this.days.isSealed(dayOf(timeMs)),
    });
    this.#markerChecks = (scenario.checksRules ?? true) ? new MarkerChecks(this.truth, this.witness) : null;
    this.journals = new SimulatedJournals(this.witness, () => this.nowMs);
    this.counters = new SimulatedCounters(this.witness, () => this.nowMs);
    this.ledger = new SimulatedLedger(this.days, {
      onBegin: (day) => this.auditors.onBegin(day),
      onPassed: (markers) => this.#markerChecks?.onPassed(markers, this.#pollers.keys()),
      onReport: (day, report) => requireInnocentReport(this, day, report),
      onSeal: (day, act, report) => requireSoundSeal(this, { day, act, report }),
    });
    this.totals = new SimulatedTotals({
      ledger: this.ledger,
      counters: this.counters,
      isSealed: (day) => this.days.isSealed(day),
      nowMs: () => this.nowMs,
    });
    this.receipts = new SimulatedReceipts(this.scheduler, this.random.fork('receipts'), () => this.nowMs);
    this.firehose = new Firehose(this.scheduler, this.random.fork('firehose'), this.faults, {
      nowMs: () => this.nowMs,
      onLostReceipt: (chunkId) => this.receipts.lose(chunkId),
    });
    this.auditors = new Auditors(this, this.#network);
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
    const pollers = [...this.#pollers.values()];
    return this.producer.isDone && this.firehose.isEmpty && pollers.every((poller) => poller.isDrained);
  }

  /** When a day closes, by what is in force. */
  public closeMsOf(day: Day): number {
    return closeMsOf(this.settings.current, day);
  }

  public stallCounting(forMs: number): void {
    for (const poller of this.#pollers.values()) poller.stall(forMs);
  }

  /** No worker hangs for a day. */
  public killHungSandboxes(): void {
    this.#sandboxes.killHung();
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
      totals: this.totals.readerOf(process, this.#network),
      days: this.days.portOf(process, this.#network),
      freshness: { countedThroughMs: () => Promise.resolve(this.nowMs) },
      clock: { nowMs: () => this.nowMs },
      settings: this.settings.current,
      streamRetentionMs: STREAM_RETENTION_MS,
    };
    return new Reader(ports, this.truth);
  }

  /** Put a record into the stream again, where its hash key belongs now. */
  public replay(record: StreamRecord): void {
    this.trace.add(this.scheduler.nowMs, 'operator', `replays ${record.chunkId}`);
    this.bringUp(record, this.random.chance(0.5) ? 0n : LAST_HASH_KEY);
  }

  #makeStream(): SimulatedStream {
    return new SimulatedStream(this.shape.shardCount, {
      faults: this.faults,
      random: this.random.fork('stream'),
      onShard: (shard) => this.#read(shard),
      onRecord: (record, shard) => {
        this.#markerChecks?.onRecord(record);
        this.truth.store(record.bytes, (timeMs) => this.#isDayOver(timeMs));
        this.firehose.accept(record, shard);
        this.#pollerOf(shard).notify();
      },
    });
  }

  #pollerOf(shard: Shard): ShardPoller {
    const poller = this.#pollers.get(shard);
    if (poller === undefined) throw new RangeError(`nobody reads ${shard.name}`);
    return poller;
  }

  /**
   * Counting relies on no order across shards: a child is read at once, while its parents may still be. Audits do rely on it:
   * a marker in a child says that its parents were read.
   */
  #read(shard: Shard): void {
    const deps = {
      timeline: this.scheduler,
      faults: this.faults,
      random: this.random.fork(shard.name),
      trace: this.trace,
      sandboxes: this.#sandboxes,
      ...(this.shape.dayCount > 0 && { pollerOf: (parent: Shard) => this.#pollerOf(parent) }),
      maySetAside: (records: readonly StreamRecord[]) => this.#areOfKnownDays(records),
      onSetAside: (records: readonly StreamRecord[]) => {
        this.#markerChecks?.onSetAside(records);
        this.setAside.push(...records.map((record) => ({ record })));
      },
    };
    this.#pollers.set(shard, new ShardPoller(shard, deps));
  }

  #clockOffsetMs(): number {
    return this.random.integer(-CLOCK_OFFSET_MS_MAX, CLOCK_OFFSET_MS_MAX);
  }

  /**
   * Their days, or days before them, are on record. Days follow each other from the first on record: of one before it no audit would
   * know, if all that it ever had were given up (docs/guarantees.md).
   */
  #areOfKnownDays(records: readonly StreamRecord[]): boolean {
    const first = this.days
      .all()
      .map(({ day }) => day)
      .sort()[0];
    const events = records.flatMap(({ bytes }) => readLines(bytes) ?? []).map(({ event }) => event);
    return first !== undefined && events.every((event) => event === null || dayOf(event.timeMs) >= first);
  }

  /** An event of the day that comes now is too late to be counted. */
  #isDayOver(timeMs: number): boolean {
    const record = this.days.find(dayOf(timeMs));
    if (record === undefined) return false;
    return record.isSealed || this.nowMs >= record.expiresAtMs - EXPIRY_GUARD_MS;
  }

  #makeSandbox(name: string): Sandbox {
    const { scheduler, shape } = this;
    const offsetMs = this.#clockOffsetMs();
    const deps = {
      wake: () => scheduler.wake(),
      fail: (failure: unknown) => scheduler.fail(failure),
      checksRules: this.scenario.checksRules ?? true,
      isGapExpected: () => this.isGapExpected,
    };
    const makePorts = (process: Process) => ({
      journals: this.journals.portOf(process, this.#network),
      filters: this.journals.filtersOf(process, this.#network, this.random.fork(`filters/${process.name}`)),
      shards: this.counters.portOf(process, this.#network),
      settledShards: this.counters.settledPortOf(process, this.#network),
      days: this.days.portOf(process, this.#network),
      catalog: this.catalog.portOf(process, this.#network),
      rejected: this.rejected.portOf(process, this.#network),
      metrics: { add: () => undefined },
      clock: { nowMs: () => this.nowMs + offsetMs },
      markers: this.ledger.portOf(process, this.#network),
    });
    return new Sandbox(name, deps, makePorts, {
      settings: this.settings.current,
      streamRetentionMs: STREAM_RETENTION_MS,
      journalConcurrency: shape.journalConcurrency,
      commitEventCountMax: shape.commitEventCountMax,
      cacheBytesMax: shape.cacheBytesMax,
    });
  }

  #makeNode(stripeCount: number): IngestNode {
    const { scheduler, shape } = this;
    const { laneCount } = shape;
    const name = `ingest-${++this.#nodeCount}`;
    return new IngestNode(name, {
      scheduler,
      faults: this.faults,
      random: this.random.fork(name),
      isNearClose: () => this.#isNearClose(),
      settings: this.settings.current,
      stripeCount,
      clockOffsetMs: this.#clockOffsetMs(),
      epochMs: shape.epochMs,
      metrics: { add: () => undefined },
      makeStream: (process) => this.stream.portOf(process, this.#network, { laneCount, stripeCount }),
      makeReceipts: (process) => this.receipts.portOf(process, this.#network),
      makeDays: (process) => this.days.portOf(process, this.#network),
    });
  }

  /** A day closes within a minute: what is accepted now may come into the stream behind its close. */
  #isNearClose(): boolean {
    return this.plannedCloses.some(({ atMs }) => atMs > this.nowMs && atMs - this.nowMs < MINUTE_MS);
  }

  #plan(): PlannedRequest[] {
    const { scenario, shape } = this;
    const suppressed = new Set(scenario.suppressedRequests);
    return planWorkload(this.random.fork('workload'), {
      eventCount: scenario.eventCount,
      duplicateShare: scenario.duplicateShare ?? 0.1,
      startMs: shape.epochMs,
      spanMs: shape.spanMs,
      closes: this.plannedCloses,
      usualLatenessMs: shape.latenessMs,
    }).filter((_, index) => !suppressed.has(index));
  }

  /** When days of the run may close, under each lateness that may come into force. */
  public get plannedCloses(): { readonly atMs: number; readonly latenessMs: number }[] {
    const { epochMs, dayCount } = this.shape;
    if (dayCount === 0) return [];
    const midnights = Array.from(
      { length: dayCount + 1 },
      (_, index) => Math.ceil(epochMs / DAY_MS + index) * DAY_MS,
    );
    return midnights.flatMap((midnightMs) =>
      LATENESSES_MS.map((latenessMs) => ({ atMs: midnightMs + latenessMs, latenessMs })),
    );
  }

  /** When everything planned is over. */
  public get endMs(): number {
    const endsMs = this.plannedCloses.map(({ atMs }) => atMs + LAST_NIGHT_MS);
    return Math.max(this.shape.epochMs + this.shape.spanMs, ...endsMs);
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
