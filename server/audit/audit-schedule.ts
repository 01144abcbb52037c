/** Starts the audit every night, in a thread of its own: a large day must not hold up a request. */
import { Worker } from 'node:worker_threads';
import { needsAPerson, type DayReport } from '../../core/audit/report.js';
import type { Clock, Metrics } from '../../core/ports.js';
import { HOUR_MS, MINUTE_MS, dayOf, type Day } from '../../core/time.js';
import { logError } from '../log.js';
import type { MetricDelta } from '../metric-deltas.js';
import type { ReaderWorkerData } from '../readers/messages.js';

export interface AuditRoundReport {
  readonly days: readonly DayReport[];
  readonly metrics: readonly MetricDelta[];
}

export interface AuditScheduleOptions {
  readonly workerData: Omit<ReaderWorkerData, 'entryUrl'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** When a round begins, in ms after midnight UTC; `null`: never by itself. */
  readonly auditAtMs: number | null;
}

const LOOK_EVERY_MS = MINUTE_MS;
/** After a round that failed, or that had to leave a day waiting: what was in the way may be gone. */
const AGAIN_AFTER_MS = HOUR_MS;

/** A night without a server is made up for as soon as there is one: rounds may be repeated, and find nothing to do. */
export class AuditSchedule {
  #timer: NodeJS.Timeout | undefined;
  /** The day whose round has begun. */
  #roundOf: Day | null = null;
  #againAtMs = Number.MAX_SAFE_INTEGER;
  #running: Promise<void> = Promise.resolve();
  #worker: Worker | undefined;

  public constructor(private readonly options: AuditScheduleOptions) {}

  public start(): void {
    this.#timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS);
  }

  /** Begin this day's round, if it is time and it has not begun, or has to be begun again. */
  public look(): void {
    const { auditAtMs, clock } = this.options;
    if (auditAtMs === null || this.#worker !== undefined) return;
    const nowMs = clock.nowMs();
    const today = dayOf(nowMs - auditAtMs);
    if (this.#roundOf === today && nowMs < this.#againAtMs) return;
    this.#roundOf = today;
    this.#againAtMs = Number.MAX_SAFE_INTEGER;
    this.#running = this.#run().catch((error: unknown) => {
      this.#againAtMs = clock.nowMs() + AGAIN_AFTER_MS;
      logError('the audit failed; it is started again in an hour, or now with `tally audit`', error);
    });
  }

  /** Resolves when no round is under way. */
  public idle(): Promise<void> {
    return this.#running;
  }

  /** End a round wherever it is: any step may be done again. */
  public async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker?.terminate();
    await this.#running;
  }

  #run(): Promise<void> {
    const entryUrl = new URL('./audit-worker.ts', import.meta.url).href;
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('../readers/worker-boot.mjs', import.meta.url), {
        workerData: { ...this.options.workerData, entryUrl } satisfies ReaderWorkerData,
        execArgv: [],
        name: 'tally-audit',
      });
      this.#worker = worker;
      worker.on('message', (report: AuditRoundReport) => {
        this.#take(report);
      });
      // What went wrong is known before the thread has ended: a round is over when it has.
      let failure: Error | undefined;
      worker.on('error', (error: Error) => (failure = error));
      worker.on('exit', () => {
        this.#worker = undefined;
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  #take({ days, metrics }: AuditRoundReport): void {
    for (const { name, by, labels } of metrics) this.options.metrics.add(name, by, labels);
    if (days.some(({ outcome }) => outcome === 'waiting'))
      this.#againAtMs = this.options.clock.nowMs() + AGAIN_AFTER_MS;
    for (const report of days.filter(needsAPerson)) {
      logError(`the audit of ${report.day} needs a look: see docs/audit.md`, JSON.stringify(report.findings));
    }
  }
}
