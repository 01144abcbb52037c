import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { GAUGES, METRICS, type GaugeName, type MetricName } from '../../core/metric-names.js';
import { tallyMetric } from './tally-metric.js';

/**
 * What the nightly audit measures, for the construct that runs it.
 *
 * Whoever hands this to `Observability` promises that the audit emits each of them as the service `audit`: alarms are made of them.
 */
export class AuditMetrics {
  public constructor(private readonly deployment: string) {}

  /** Counter-hours that differed from what they should be, sum per period. Above 0, counts were wrong. */
  public metricDriftSum(options?: MetricOptions): Metric {
    return this.metric(METRICS.auditDrift, { statistic: 'Sum', ...options });
  }

  /** Rounds that came to their end, sum per period: the audit's heartbeat. */
  public metricRunsSum(options?: MetricOptions): Metric {
    return this.metric(METRICS.auditRuns, { statistic: 'Sum', ...options });
  }

  /** Audits of closed days that a person must look at, sum per period. */
  public metricDoubtsSum(options?: MetricOptions): Metric {
    return this.metric(METRICS.auditDoubts, { statistic: 'Sum', ...options });
  }

  /** How many days ago the last sealed day ended. */
  public metricLastSealedDayAgeDaysMax(options?: MetricOptions): Metric {
    return this.metric(GAUGES.lastSealedDay, { statistic: 'Maximum', ...options });
  }

  /** Items that are still there a week after they expired. */
  public metricItemsOverdueMax(options?: MetricOptions): Metric {
    return this.metric(GAUGES.itemsOverdue, { statistic: 'Maximum', ...options });
  }

  private metric(metricName: MetricName | GaugeName, options: MetricOptions): Metric {
    return tallyMetric({ deployment: this.deployment, service: 'audit', metricName, ...options });
  }
}
