import { MetricUnit, type Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { GaugeName, MetricName } from '../../core/metric-names.js';
import type { Metrics } from '../../core/ports.js';

interface Sum {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  by: number;
}

interface Observation {
  readonly name: GaugeName;
  readonly value: number;
  readonly unit: 'Milliseconds' | 'Count';
}

/**
 * Metrics as CloudWatch's embedded metric format: lines in the log, no calls.
 *
 * Sums are kept until `flush`, at the end of an invocation: a request with a thousand rejected events writes one line per code.
 * A labelled metric is written without its labels too: an alarm can't add up labels that it does not know.
 */
export class PowertoolsMetrics implements Metrics {
  readonly #powertools: Powertools;
  readonly #sums = new Map<string, Sum>();
  readonly #observations: Observation[] = [];

  public constructor(powertools: Powertools) {
    this.#powertools = powertools;
  }

  public add(name: MetricName, by: number, labels: Readonly<Record<string, string>> = {}): void {
    const key = JSON.stringify([name, labels]);
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { name, labels, by });
    else sum.by += by;
  }

  /** Measure something in milliseconds. Unlike sums, each observation is kept: the largest is what matters. */
  public observeMs(name: GaugeName, valueMs: number): void {
    this.#observations.push({ name, value: valueMs, unit: MetricUnit.Milliseconds });
  }

  /** The same of something that has no unit of time that CloudWatch knows. */
  public observeCount(name: GaugeName, value: number): void {
    this.#observations.push({ name, value, unit: MetricUnit.Count });
  }

  /** Write what was added since the last time. */
  public flush(): void {
    if (this.#sums.size === 0 && this.#observations.length === 0) return;
    for (const { name, labels, by } of this.#sums.values()) {
      this.#powertools.addMetric(name, MetricUnit.Count, by);
      // Labels are dimensions, and one line has one set of dimensions for all its metrics.
      if (Object.keys(labels).length > 0)
        this.#powertools
          .singleMetric()
          .addDimensions({ ...labels })
          .addMetric(name, MetricUnit.Count, by);
    }
    for (const { name, value, unit } of this.#observations) this.#powertools.addMetric(name, unit, value);
    this.#sums.clear();
    this.#observations.length = 0;
    this.#powertools.publishStoredMetrics();
  }
}
