import type { AuditPorts } from '../../../core/audit/audit-day.js';
import type { AuditLedger, MarkerProgress } from '../../../core/audit/ports.js';
import { dayOf, type Day } from '../../../core/time.js';
import type { FaultyNetwork } from '../network.js';
import { Process } from '../process.js';
import type { Random } from '../random.js';
import { CLOCK_OFFSET_MS_MAX, STREAM_RETENTION_MS, type World } from '../world.js';
import { Auditor, type AuditOrder } from './auditor.js';
import { Overtaking } from './overtaking.js';
import { ReferenceSql } from './reference-sql.js';

/** An audit makes calls by the hundred, and SDKs repeat most of what fails: how much rarer are its faults than counting's? */
const FAULTS_OF_READS = 0.005;
const FAULTS_OF_WRITES = 0.5;

/** Starts processes that audit: by the clock, or by hand. */
export class Auditors {
  readonly #sql: ReferenceSql;
  readonly #overtaking: Overtaking;
  readonly #damages: Random;
  #auditors: Auditor[] = [];
  #count = 0;

  public constructor(
    private readonly world: World,
    private readonly network: FaultyNetwork,
  ) {
    this.#sql = new ReferenceSql({
      archive: () => world.firehose.archive,
      receipts: () => world.receipts.stored,
      files: world.files,
    });
    this.#overtaking = new Overtaking({
      timeline: world.scheduler,
      faults: world.faults,
      random: world.random.fork('overtaking'),
      trace: world.trace,
      holds: (fence) => world.ledger.holds(fence),
      startNewerRun: (day) => this.make().run(this.#rightOrder(day)),
    });
    this.#damages = world.random.fork('damages');
  }

  /** Some run may still write. */
  public get areUnderWay(): boolean {
    return this.#auditors.some(({ isUnderWay }) => isUnderWay);
  }

  /** Told of a run as it takes its number. What runs before it knew of the day's counters may now be wrong: they are fenced off. */
  public onBegin(day: Day): void {
    const { faults, counters } = this.world;
    if (!this.#overtaking.isHanging(day) || !faults.strikes('counterDamage')) return;
    if (counters.damage(this.#damages, (timeMs) => dayOf(timeMs) === day))
      this.world.trace.add(this.world.scheduler.nowMs, 'disk', `a counter shard of ${day} loses an event`);
  }

  /** @param given.isDoomed a slow one that dies before its last step. */
  public make({ isDoomed = false } = {}): Auditor {
    const { scheduler, random, trace, settings, shape } = this.world;
    const process = new Process(`audit-${++this.#count}`, () => scheduler.wake());
    const ports = this.#overtaking.portsOf(process, this.#portsOf(process), isDoomed);
    const auditor = new Auditor(process, isDoomed ? doomed(process, ports) : ports, {
      settings: settings.current,
      stripeCount: shape.laneCount,
      streamRetentionMs: STREAM_RETENTION_MS,
      timeline: scheduler,
      random: random.fork(process.name),
      trace,
      fail: (failure) => scheduler.fail(failure),
    });
    this.#auditors = [...this.#auditors.filter(({ isUnderWay }) => isUnderWay), auditor];
    return auditor;
  }

  #portsOf(process: Process): AuditPorts & { readonly ledger: AuditLedger & MarkerProgress } {
    const { world } = this;
    const reads = this.network.with(world.faults.rarer(FAULTS_OF_READS));
    const writes = this.network.with(world.faults.rarer(FAULTS_OF_WRITES));
    const ledger = world.ledger.portOf(process, writes);
    const offsetMs = world.random.integer(-CLOCK_OFFSET_MS_MAX, CLOCK_OFFSET_MS_MAX);
    const { laneCount } = world.shape;
    return {
      journals: world.journals.portOf(process, reads),
      shards: world.counters.portOf(process, reads),
      counters: world.counters.portOf(process, reads),
      totals: world.totals.readerOf(process, writes),
      scan: world.counters.scanOf(process, writes),
      ledger,
      writer: world.totals.writerOf(process, writes),
      files: world.files.portOf(process, writes),
      sql: this.#sql.portOf(process, writes),
      // As many stripes as lanes: a marker lies behind every hash key that any ingest ever used.
      stream: world.stream.portOf(process, writes, { laneCount, stripeCount: laneCount }),
      markers: ledger,
      clock: { nowMs: () => world.nowMs + offsetMs },
      metrics: { add: () => undefined },
      findSealingDoubt: () => Promise.resolve(null),
    };
  }

  /** What an operator who knows better says about a day. */
  #rightOrder(day: Day): AuditOrder {
    const isHeld = this.world.ledger.reportOf(day)?.outcome === 'held';
    return isHeld ? { day, trust: 'journal' } : { day };
  }
}

function doomed(process: Process, ports: AuditPorts): AuditPorts {
  const seal = (): Promise<never> => {
    process.die();
    return new Promise(() => undefined);
  };
  return { ...ports, ledger: { ...ports.ledger, seal } };
}
