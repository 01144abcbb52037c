import type { AuditPorts } from '../../../core/audit/audit-day.js';
import type { AuditLedger, MarkerProgress, SealWriter } from '../../../core/audit/ports.js';
import type { FaultyNetwork } from '../network.js';
import { Process } from '../process.js';
import { CLOCK_OFFSET_MS_MAX, STREAM_RETENTION_MS, type World } from '../world.js';
import { Auditor } from './auditor.js';
import { ReferenceSql } from './reference-sql.js';

/** An audit makes calls by the hundred, and SDKs repeat most of what fails: how much rarer are its faults than counting's? */
const FAULTS_OF_READS = 0.005;
const FAULTS_OF_WRITES = 0.5;

/** A doomed run takes its time over each write. */
const SLOW_WRITE_MS_MAX = 3 * 3_600_000;

/** Starts processes that audit: by the clock, or by hand. */
export class Auditors {
  readonly #sql: ReferenceSql;
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
  }

  /** Some run may still write. */
  public get areUnderWay(): boolean {
    return this.#auditors.some(({ isUnderWay }) => isUnderWay);
  }

  /** @param given.isDoomed a slow one, that dies before its last step. */
  public make({ isDoomed = false } = {}): Auditor {
    const { scheduler, random, trace, settings, shape } = this.world;
    const process = new Process(`audit-${++this.#count}`, () => scheduler.wake());
    const ports = this.#portsOf(process);
    const auditor = new Auditor(process, isDoomed ? this.#doomed(process, ports) : ports, {
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

  #doomed(process: Process, ports: AuditPorts): AuditPorts {
    const { scheduler, random } = this.world;
    const pause = (): Promise<void> => {
      process.openCallCount++;
      return new Promise((resolve) => {
        scheduler.after(random.next() * SLOW_WRITE_MS_MAX, () => process.deliver(resolve));
      });
    };
    const writer: SealWriter = {
      putTotals: (...given) => pause().then(() => ports.writer.putTotals(...given)),
      removeTotals: (...given) => pause().then(() => ports.writer.removeTotals(...given)),
      putAdjustments: (...given) => pause().then(() => ports.writer.putAdjustments(...given)),
      putTop: (...given) => pause().then(() => ports.writer.putTop(...given)),
    };
    const seal = (): Promise<never> => {
      process.die();
      return new Promise(() => undefined);
    };
    return { ...ports, writer, ledger: { ...ports.ledger, seal } };
  }
}
