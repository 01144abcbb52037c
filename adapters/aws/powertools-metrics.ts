import { MetricUnit, type Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { MetricName } from '../../core/metric-names.js';
import type { Metrics } from '../../core/ports.js';

interface Sum {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  by: number;
}

/**
 * Metrics as CloudWatch's embedded metric format: lines in the log, no calls.
 *
 * Sums are kept until `flush`, at the end of an invocation: a request with a thousand rejected events writes one line per code.
 */
export class PowertoolsMetrics implements Metrics {
  readonly #powertools: Powertools;
  readonly #sums = new Map<string, Sum>();

  public constructor(powertools: Powertools) {
    this.#powertools = powertools;
  }

  public add(name: MetricName, by: number, labels: Readonly<Record<string, string>> = {}): void {
    const key = JSON.stringify([name, labels]);
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { name, labels, by });
    else sum.by += by;
  }

  /** Write what was added since the last time. */
  public flush(): void {
    if (this.#sums.size === 0) return;
    for (const { name, labels, by } of this.#sums.values()) {
      const isLabelled = Object.keys(labels).length > 0;
      // Labels are dimensions, and one line has one set of dimensions for all its metrics.
      const line = isLabelled ? this.#powertools.singleMetric() : this.#powertools;
      if (isLabelled) line.addDimensions({ ...labels });
      line.addMetric(name, MetricUnit.Count, by);
    }
    this.#sums.clear();
    this.#powertools.publishStoredMetrics();
  }
}
