import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import {
  Alias,
  EventSourceMapping,
  MetricType,
  StartingPosition,
  type IEventSourceDlq,
} from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENV } from '../core/env-names.js';
import { GAUGES, METRICS, type MetricName } from '../core/metric-names.js';
import { acknowledge, acknowledgeFolder } from './acknowledge.js';
import { allow } from './allow.js';
import type { Archive } from './archive.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { EventStream } from './event-stream.js';
import { TallyAlarm } from './observability/tally-alarm.js';
import { tallyMetric } from './observability/tally-metric.js';
import { bindSettings } from './bind-settings.js';
import type { Tables } from './tables.js';
import { TallyFunction } from './tally-function.js';

export interface CountingProps {
  readonly config: EventCounterConfig;
  readonly eventStream: EventStream;
  readonly tables: Tables;
  readonly archive: Archive;
  /** Where batches go that stayed uncounted for almost as long as the stream keeps them. */
  readonly failures: Bucket;
}

/** The largest batch there is: what a batch shares, it writes once. The payload's 6 MB cut it earlier. */
const BATCH_RECORDS_MAX = 10_000;
const ALIAS = 'live';
/** Lambda's own limit. */
const RECORD_AGE_MAX = Duration.days(7);
/** Set aside a day before the stream forgets, so that a person has a day to look. */
const SET_ASIDE_BEFORE_LOSS = Duration.hours(24);

/**
 * The one writer of counts: a Lambda that reads the stream, stripe by stripe, and counts each event once.
 *
 * The mapping retries without limit, because a batch given up is a batch not counted; retrying is always safe. One batch
 * per stripe at a time (a parallelisation factor above 1 would set neighbours on one journal against each other).
 */
export class Counting extends Construct {
  public readonly function: TallyFunction;
  /** What the mapping invokes: new code takes over by moving it. */
  public readonly alias: Alias;
  public readonly mapping: EventSourceMapping;
  /** Rings when a batch was set aside: it is in the failures bucket, and not in the counts. */
  public readonly setAsideAlarm: TallyAlarm;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: CountingProps,
  ) {
    super(scope, id);
    this.function = this.makeFunction(props);
    this.alias = new Alias(this, 'Live', { aliasName: ALIAS, version: this.function.currentVersion });
    if (props.config.isDeploymentGradual) this.deployGradually();
    this.mapping = this.makeMapping(props);
    this.setAsideAlarm = this.makeSetAsideAlarm(props.failures);
  }

  /** Batches that counting gave up on, per period. Above 0, counts are too low. */
  public metricBatchesSetAsideSum(options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'OnFailureDestinationDeliveredEventCount',
      dimensionsMap: { EventSourceMappingUUID: this.mapping.eventSourceMappingId },
      statistic: 'Sum',
      ...options,
    });
  }

  /** Events that entered the counts, sum per period. */
  public metricEventsCountedSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.eventsCounted, options);
  }

  /** Events that were there already, sum per period: retries, counted zero more times. */
  public metricEventsDuplicateSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.eventsDuplicate, options);
  }

  /** Lines and chunks that were accepted and could not be counted, sum per period. Above 0, counts are too low. */
  public metricLinesRejectedSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.linesRejected, options);
  }

  public metricEntriesAppendedSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.entriesAppended, options);
  }

  /** Times that two workers met at a journal's end, sum per period. Harmless; often, it is work done twice. */
  public metricJournalConflictsSum(options?: MetricOptions): Metric {
    return this.metricSum(METRICS.journalConflicts, options);
  }

  /** How late counting is: from an event's arrival until it was counted, the latest of the period. */
  public metricFreshnessMsMax(options?: MetricOptions): Metric {
    const { deployment } = this.props.config;
    const metricName = GAUGES.freshness;
    return tallyMetric({ deployment, service: 'count', metricName, statistic: 'Maximum', ...options });
  }

  /** Batches that counting came through, with events or with heartbeats alone: at least one a minute while it runs. */
  public metricBatchesPassedSum(options?: MetricOptions): Metric {
    return this.metricFreshnessMsMax({ statistic: 'SampleCount', ...options });
  }

  private metricSum(metricName: MetricName, options?: MetricOptions): Metric {
    const { deployment } = this.props.config;
    return tallyMetric({ deployment, service: 'count', metricName, statistic: 'Sum', ...options });
  }

  private makeFunction({ config, eventStream, tables, archive }: CountingProps): TallyFunction {
    const count = new TallyFunction(this, 'Count', {
      entry: 'count',
      memoryMb: 1_769, // One whole virtual CPU; counting is bound by it.
      timeout: Duration.minutes(10), // The longest window's writes are paced over five.
      reservedConcurrency: config.countConcurrency,
      config,
    });
    bindSettings(count, config);
    count.addEnvironment(ENV.freshnessMs, String(config.freshness.toMilliseconds()));
    tables.bindCounting(count);
    archive.bindRejectedWriter(count);
    eventStream.grantRead(count);
    return count;
  }

  private makeMapping({ config, eventStream, failures }: CountingProps): EventSourceMapping {
    return new EventSourceMapping(this, 'Mapping', {
      target: this.alias,
      eventSourceArn: eventStream.stream.streamArn,
      // LATEST can miss what arrives while a mapping is made or changed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_RECORDS_MAX,
      maxBatchingWindow: config.freshness,
      parallelizationFactor: 1,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: -1,
      maxRecordAge: recordAgeMax(config.retention),
      onFailure: this.setAside(failures),
      // Opt-in, and the only metric that tells of a batch set aside.
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
  }

  /** Only S3 is given the payload; a queue or a topic gets a pointer into a stream that forgets it a day later. */
  private setAside(failures: Bucket): IEventSourceDlq {
    return {
      bind: () => {
        this.function.addToRolePolicy(allow(['s3:ListBucket'], [failures.bucketArn]));
        this.function.addToRolePolicy(allow(['s3:PutObject'], [failures.arnForObjects('aws/lambda/*')]));
        acknowledgeFolder(this, failures, 'aws/lambda');
        return { destination: failures.bucketArn };
      },
    };
  }

  private deployGradually(): void {
    const group = new LambdaDeploymentGroup(this, 'Deployment', {
      alias: this.alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [this.makeRollbackAlarm()],
    });
    acknowledge(
      group,
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'AWS keeps this policy for exactly this; it may move traffic between versions and read alarms.',
    );
  }

  /**
   * By executed version, so that it hears only the new code. An alarm on all errors would ring already when a fix for
   * errors is deployed, and CodeDeploy starts no deployment under a ringing alarm.
   */
  private makeRollbackAlarm(): TallyAlarm {
    const { functionName, currentVersion } = this.function;
    const errors = new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensionsMap: {
        FunctionName: functionName,
        Resource: `${functionName}:${ALIAS}`,
        ExecutedVersion: currentVersion.version,
      },
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
    return new TallyAlarm(this, 'RollbackAlarm', {
      config: this.props.config,
      metric: errors,
      rings: { from: 1 },
      says: 'New counting code failed during its gradual deployment: CodeDeploy goes back by itself, nothing is lost.',
      missing: { means: 'that no two versions run at present' },
    });
  }

  private makeSetAsideAlarm(failures: Bucket): TallyAlarm {
    return new TallyAlarm(this, 'SetAsideAlarm', {
      config: this.props.config,
      metric: this.metricBatchesSetAsideSum({ period: Duration.minutes(5) }),
      rings: { from: 1 },
      says:
        'Counting gave up on a batch: its events are in the archive and the payload is in the bucket ' +
        `${failures.bucketName}, but not in the counts.`,
      missing: { means: 'that no batch was set aside' },
    });
  }
}

const recordAgeMax = (retention: Duration): Duration => {
  const age = retention.minus(SET_ASIDE_BEFORE_LOSS);
  return age.toSeconds() > RECORD_AGE_MAX.toSeconds() ? RECORD_AGE_MAX : age;
};
