import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { InvocationOutcome } from './sandbox.js';
import type { SandboxPool } from './sandbox-pool.js';
import type { Timeline } from './scheduler.js';
import type { Shard, StreamRecord } from './simulated-stream.js';
import type { Trace } from './trace.js';

/** Chunks in one batch at most. Re-cutting draws a new length for each attempt. */
const BATCH_CHUNKS_MAX = 8;
/** Records that a poller may read again. */
const STEP_BACK_MAX = 10;
const WINDOW_MS_MAX = 5_000;
const BACKOFF_MS_MAX = 2_000;
const LONG_BACKOFF_MS_MAX = 300_000;
/** A poller that finds nothing looks again later and later; it is told when something comes. */
const IDLE_MS_MAX = 600_000;
/** When the event source stops waiting for a worker whose answer it lost. */
const PATIENCE_MS_MAX = 3_000;

export interface EventSourceDeps {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly random: Random;
  readonly trace: Trace;
  readonly sandboxes: SandboxPool;
  /** The poller of a parent; `undefined`: order across shards is nothing to rely on here. */
  readonly pollerOf?: (shard: Shard) => ShardPoller;
  /** Whether the event source may give these records up at all. */
  readonly maySetAside: (records: readonly StreamRecord[]) => boolean;
  /** Told of records that were given up. */
  readonly onSetAside?: (records: readonly StreamRecord[]) => void;
}

/**
 * Lambda's event source mapping for one shard: batches in order, again and again until one succeeds, the next one begun
 * only then. For a while a second one may read the same shard.
 */
export class ShardPoller {
  #position: number;
  #attempt = 0;
  #remainingBatches: number;
  #idleMs = WINDOW_MS_MAX;
  #stalledUntilMs = 0;
  #isDelivering = false;
  /** Only the newest wait counts. */
  #waitCount = 0;

  public constructor(
    private readonly shard: Shard,
    private readonly deps: EventSourceDeps,
    life: { readonly from: number; readonly batchCountMax: number } = {
      from: 0,
      batchCountMax: Number.POSITIVE_INFINITY,
    },
  ) {
    this.#position = life.from;
    this.#remainingBatches = life.batchCountMax;
    this.#wait(WINDOW_MS_MAX);
  }

  /** Everything in the shard is counted, as far as this poller knows. */
  public get isDrained(): boolean {
    return this.#position >= this.shard.records.length;
  }

  /** Something came. */
  public notify(): void {
    // One batch at a time: the next is looked for when this one has come to its end.
    if (this.#isDelivering || this.#idleMs === WINDOW_MS_MAX) return;
    this.#idleMs = WINDOW_MS_MAX;
    this.#wait(WINDOW_MS_MAX);
  }

  #wait(delayMsMax: number): void {
    const wait = ++this.#waitCount;
    this.deps.timeline.after(this.deps.random.integer(1, delayMsMax), () => {
      if (wait === this.#waitCount) this.#poll();
    });
  }

  #poll(): void {
    const { faults, random } = this.deps;
    this.#position = Math.max(this.#position, this.shard.setAsideThrough);
    const stalledMs = this.#stalledUntilMs - this.deps.timeline.nowMs;
    if (stalledMs > 0) return this.#wait(stalledMs);
    if (!this.#isAfterParents) return this.#wait(WINDOW_MS_MAX);
    const isEndOfShard = this.isDrained && (this.shard.isClosed || !this.#isMain);
    const isOver = this.#remainingBatches <= 0 || isEndOfShard;
    if (isOver) return;
    if (faults.strikes('oldCheckpoint')) this.#position = this.#earlier();
    if (this.#isMain && faults.strikes('secondPoller')) {
      new ShardPoller(this.shard, this.deps, { from: this.#earlier(), batchCountMax: random.integer(1, 4) });
    }
    if (!this.isDrained) return this.#deliver();
    this.#wait(this.#idleMs);
    this.#idleMs = Math.min(2 * this.#idleMs, IDLE_MS_MAX);
  }

  /** Read nothing for a while, whatever comes. */
  public stall(forMs: number): void {
    this.#stalledUntilMs = this.deps.timeline.nowMs + forMs;
  }

  get #isAfterParents(): boolean {
    const { pollerOf } = this.deps;
    return pollerOf === undefined || this.shard.parents.every((parent) => pollerOf(parent).isDrained);
  }

  get #isMain(): boolean {
    return this.#remainingBatches === Number.POSITIVE_INFINITY;
  }

  #earlier(): number {
    return Math.max(this.shard.setAsideThrough, this.#position - this.deps.random.integer(0, STEP_BACK_MAX));
  }

  /** Give a batch to a worker. */
  #deliver(): void {
    const { faults, random, sandboxes, timeline, trace } = this.deps;
    const length = random.chance(0.3) ? BATCH_CHUNKS_MAX : random.integer(1, BATCH_CHUNKS_MAX);
    const records = this.shard.records.slice(this.#position, this.#position + length);
    const mayGiveUp = this.#isMain && this.#attempt > 0 && this.deps.maySetAside(records);
    if (mayGiveUp && faults.strikes('setAside')) return this.#setAside(records);
    this.#isDelivering = true;
    const sandbox = sandboxes.take();
    this.#attempt++;
    const what = `batch of ${this.shard.name}: ${records.map(({ chunkId }) => chunkId).join(' ')} (attempt ${this.#attempt})`;
    trace.add(timeline.nowMs, sandbox.process.name, what);
    let isSettled = false;
    const settle = (outcome: InvocationOutcome): void => {
      if (isSettled) return;
      isSettled = true;
      this.#settle(outcome, sandbox.process.name);
    };
    const mustStop = faults.strikes('stopEarly') ? (): boolean => random.chance(0.5) : (): boolean => false;
    sandbox.invoke(records, mustStop, settle);
    if (faults.strikes('answerLost')) {
      timeline.after(random.skewed(PATIENCE_MS_MAX), () => settle({ failure: 'answer lost' }));
    }
  }

  /** After a week of attempts. Nothing that tried to count it is still running, and nobody reads it from the stream again. */
  #setAside(records: readonly StreamRecord[]): void {
    const { timeline, trace, onSetAside, sandboxes } = this.deps;
    trace.add(
      timeline.nowMs,
      this.shard.name,
      `set aside: ${records.map(({ chunkId }) => chunkId).join(' ')}`,
    );
    sandboxes.killAll();
    this.#position += records.length;
    this.shard.setAsideThrough = this.#position;
    this.#attempt = 0;
    onSetAside?.(records);
    this.#wait(WINDOW_MS_MAX);
  }

  #settle(outcome: InvocationOutcome, who: string): void {
    const { timeline, trace } = this.deps;
    this.#isDelivering = false;
    const isSuccess = 'countedCount' in outcome;
    trace.add(
      timeline.nowMs,
      who,
      isSuccess ? `counted ${outcome.countedCount} chunks` : `failed: ${outcome.failure}`,
    );
    if (isSuccess) {
      this.#position += outcome.countedCount;
      this.#attempt = 0;
      this.#remainingBatches--;
    }
    const isLongBackoff = !isSuccess && this.deps.faults.strikes('longBackoff');
    this.#wait(isSuccess ? WINDOW_MS_MAX : isLongBackoff ? LONG_BACKOFF_MS_MAX : BACKOFF_MS_MAX);
  }
}
