import { Duration } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricName } from '../core/metric-names.js';
import type { Archive } from './archive.js';
import { bindSettings } from './bind-settings.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { EventStream } from './event-stream.js';
import type { HttpApiFront } from './http-api.js';
import { tallyMetric } from './observability/tally-metric.js';
import type { Tables } from './tables.js';
import { TallyFunction } from './tally-function.js';

export interface IngestProps {
  readonly config: EventCounterConfig;
  readonly front: HttpApiFront;
  readonly eventStream: EventStream;
  readonly tables: Tables;
  readonly archive: Archive;
}

/** Accepts events: checks each one, packs them into chunks, and answers once all are in the stream. */
export class Ingest extends Construct {
  public readonly function: TallyFunction;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: IngestProps,
  ) {
    super(scope, id);
    const { config, front, eventStream, tables, archive } = props;
    this.function = new TallyFunction(this, 'Ingest', {
      entry: 'ingest',
      memoryMb: 1_024, // Six tenths of a virtual CPU: a request mostly waits for the stream, and waiting is paid by memory.
      timeout: Duration.seconds(29), // The API gives up at 30: the answer should be ours.
      config,
    });
    bindSettings(this.function, config);
    tables.bindIngest(this.function);
    eventStream.bindWriter(this.function);
    archive.bindReceiptWriter(this.function);
    front.addRoute(this.function, {
      method: HttpMethod.POST,
      path: '/v1/events',
      requestsPerSecond: config.requestsPerSecond,
    });
  }

  /** Events that producers were told are safe, sum per period; the same event again counts again. */
  public metricEventsAcceptedSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.eventsAccepted, options);
  }

  /** Events refused with a code, sum per period. */
  public metricEventsRejectedSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.eventsRejected, options);
  }

  /** Requests answered 503 because the stream did not take them, sum per period. */
  public metricRequestsUnavailableSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.requestsUnavailable, options);
  }

  private metricSum(metricName: MetricName, options?: MetricOptions): Metric {
    const { deployment } = this.props.config;
    return tallyMetric({ deployment, service: 'ingest', metricName, statistic: 'Sum', ...options });
  }
}
