import type { MetricName } from '../core/metric-names.js';
import type { Metrics } from '../core/ports.js';

/** What a metric grew by, on its way from a worker to the main thread. */
export interface MetricDelta {
  readonly name: MetricName;
  readonly by: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Gathers what a worker measures, to be sent along with its next report. */
export class MetricDeltas implements Metrics {
  readonly #deltaByKey = new Map<string, MetricDelta>();

  public add(name: MetricName, by: number, labels?: Readonly<Record<string, string>>): void {
    const key = JSON.stringify([name, labels]);
    const soFar = this.#deltaByKey.get(key)?.by ?? 0;
    this.#deltaByKey.set(key, { name, by: soFar + by, ...(labels === undefined ? {} : { labels }) });
  }

  public take(): MetricDelta[] {
    const deltas = [...this.#deltaByKey.values()];
    this.#deltaByKey.clear();
    return deltas;
  }
}
