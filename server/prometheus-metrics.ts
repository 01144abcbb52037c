/** Metrics in Prometheus' text. Counters are named as everywhere, in Prometheus' manner: `tally_events_accepted_total`. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { METRICS, type MetricName } from '../core/metric-names.js';
import type { Metrics } from '../core/ports.js';
import { SECOND_MS, dayStartMs } from '../core/time.js';
import type { Health } from './health.js';

/** Labels by metric; any other metric has none. */
const LABELS: Partial<Record<MetricName, string[]>> = {
  [METRICS.eventsRejected]: ['code'],
  [METRICS.linesRejected]: ['reason'],
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
    this.#counters = new Map(
      Object.values(METRICS).map((name) => [
        name,
        new Counter({
          name: prometheusName(name),
          help: `${name}, since the start of the server.`,
          labelNames: LABELS[name] ?? [],
          registers: [this.#registry],
        }),
      ]),
    );
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

  /** What a metric has come to by the value of its one label; a metric without labels has one, the empty text. */
  public async totalsByLabel(name: MetricName): Promise<Record<string, number>> {
    const { values } = (await this.#counters.get(name)?.get()) ?? { values: [] };
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(), value]));
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

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
