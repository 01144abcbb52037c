import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRIC_NAMESPACE,
  type GaugeName,
  type MetricName,
  type ServiceName,
} from '../../core/metric-names.js';

export interface TallyMetricProps extends MetricOptions {
  readonly deployment: string;
  /** Who measures it. */
  readonly service: ServiceName;
  readonly metricName: MetricName | GaugeName;
}

/** A metric of our own, with the very dimensions that the Lambdas write: with one more or less it would be another metric. */
export const tallyMetric = ({ deployment, service, metricName, ...options }: TallyMetricProps): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { deployment, service },
    ...options,
  });
