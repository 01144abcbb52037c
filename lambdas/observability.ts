import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { PowertoolsMetrics } from '../adapters/aws/powertools-metrics.js';
import { METRIC_NAMESPACE } from '../core/metric-names.js';

export interface Observability {
  readonly logger: Logger;
  readonly metrics: PowertoolsMetrics;
}

/** Logs and metrics of one Lambda. What is logged is ours alone: never a payload, never a key. */
export const observe = (serviceName: string): Observability => ({
  logger: new Logger({ serviceName }),
  metrics: new PowertoolsMetrics(new Metrics({ namespace: METRIC_NAMESPACE, serviceName })),
});
