/** Metrics in Prometheus' text. Counters are named as everywhere, in Prometheus' manner: `tally_events_accepted_total`. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { EVENT_ERROR_CODES } from '../core/errors.js';
import { METRICS, type MetricName } from '../core/metric-names.js';
import { REJECTION_REASONS, type Metrics } from '../core/ports.js';
import { SECOND_MS, dayStartMs } from '../core/time.js';
import type { Health } from './health.js';

interface Label {
  readonly name: string;
  readonly values: readonly string[];
}

/** The one label that a metric may have; any other metric has none. */
const LABELS: Partial<Record<MetricName, Label>> = {
  [METRICS.eventsRejected]: { name: 'code', values: EVENT_ERROR_CODES },
  [METRICS.linesRejected]: { name: 'reason', values: REJECTION_REASONS },
};

const HELP: Readonly<Record<MetricName, string>> = {
  [METRICS.eventsAccepted]: 'Events stored durably and answered 202, duplicates too.',
  [METRICS.eventsRejected]: 'Events refused at the edge, by error code.',
  [METRICS.eventsCounted]: 'Events that counters were incremented for: each event once.',
  [METRICS.eventsDuplicate]: 'Events that had been counted already: counted zero more times.',
  [METRICS.linesRejected]:
    'Accepted lines that counting could not or may not count, by reason; above 0, counts are too low.',
  [METRICS.journalConflicts]: "Times that two workers met at a journal's end; harmless, and work done twice.",
  [METRICS.entriesAppended]: 'Journal entries appended.',
  [METRICS.entriesSettledForOthers]: 'Journal entries that another worker had left unsettled.',
  [METRICS.requestsUnavailable]: 'Requests answered 503, because their events could not be stored.',
  [METRICS.receiptsFailed]: 'Chunks whose receipt could not be kept: the audit lacks a witness for them.',
  [METRICS.auditDrift]: 'Counter-hours that audits found different from what they should be.',
  [METRICS.auditRuns]: 'Nightly audit rounds that came to their end.',
  [METRICS.auditDoubts]: 'Audits of closed days that a person must look at.',
};

const prometheusName = (name: MetricName): string =>
  `tally_${name.replace(/Count$/, '').replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}_total`;

export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters: ReadonlyMap<MetricName, Counter>;
  readonly #lag = this.#gauge('tally_lag_seconds', 'Everything accepted longer ago than this is counted.');
  readonly #backlogBytes = this.#gauge('tally_backlog_bytes', 'Bytes that a reader has still to pass.');
  readonly #backlogChunks = this.#gauge('tally_backlog_chunks', 'Chunks that a reader has still to pass.');
  readonly #failing = this.#gauge('tally_reader_failing', '1 while a reader fails and is restarted.', [
    'reader',
  ]);

  readonly #lastSealedDay = this.#gauge(
    'tally_last_sealed_day_timestamp_seconds',
    'The start of the newest day that is sealed; 0: none is.',
  );

  readonly #overdue = this.#gauge(
    'tally_audit_overdue',
    '1 while a day should be sealed and is not: /v1/health says which, and why.',
  );

  public constructor() {
    this.#counters = new Map(Object.values(METRICS).map((name) => [name, this.#counter(name)]));
    collectDefaultMetrics({ register: this.#registry });
  }

  public add(name: MetricName, by: number, labels: Readonly<Record<string, string>> = {}): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  /** What a metric has come to, over all its labels. */
  public async total(name: MetricName): Promise<number> {
    const totals = await this.totalsByLabel(name);
    return Object.values(totals).reduce((sum, value) => sum + value, 0);
  }

  /** What a metric has come to by those values of its one label that occurred; one without labels has the empty text. */
  public async totalsByLabel(name: MetricName): Promise<Record<string, number>> {
    const { values } = (await this.#counters.get(name)?.get()) ?? { values: [] };
    const occurred = values.filter(({ value }) => value > 0);
    return Object.fromEntries(occurred.map(({ labels, value }) => [Object.values(labels).join(), value]));
  }

  public readonly mediaType = this.#registry.contentType;

  /** The text a scraper reads, with the server's health as of now. */
  public async text(health: Health): Promise<string> {
    this.#lag.set(health.lagMs / SECOND_MS);
    this.#backlogBytes.set(health.backlog.bytes);
    this.#backlogChunks.set(health.backlog.chunks);
    this.#lastSealedDay.set(health.sealedThrough === null ? 0 : dayStartMs(health.sealedThrough) / SECOND_MS);
    this.#overdue.set(health.overdue === null ? 0 : 1);
    for (const [reader, state] of Object.entries(health.readers)) {
      this.#failing.set({ reader }, state === 'failing' ? 1 : 0);
    }
    return this.#registry.metrics();
  }

  /** Zero from the start, with each value of its label: a series that begins at one has no increase, and rings no alarm. */
  #counter(name: MetricName): Counter {
    const label = LABELS[name];
    const counter = new Counter({
      name: prometheusName(name),
      help: HELP[name],
      labelNames: label === undefined ? [] : [label.name],
      registers: [this.#registry],
    });
    for (const value of label?.values ?? []) counter.inc({ [label?.name ?? '']: value }, 0);
    return counter;
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
