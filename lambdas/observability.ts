import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { PowertoolsMetrics } from '../adapters/aws/powertools-metrics.js';
import { ENV } from '../core/env-names.js';
import { METRIC_NAMESPACE, type ServiceName } from '../core/metric-names.js';
import { requireEnv } from './environment.js';

export interface Observability {
  readonly logger: Logger;
  readonly metrics: PowertoolsMetrics;
}

/** Logs and metrics of one Lambda. What is logged is ours alone: never a payload, never a key. */
export const observe = (serviceName: ServiceName): Observability => ({
  logger: new Logger({ serviceName }),
  metrics: new PowertoolsMetrics(
    new Metrics({
      namespace: METRIC_NAMESPACE,
      serviceName,
      defaultDimensions: { deployment: requireEnv(ENV.deployment) },
    }),
  ),
});
