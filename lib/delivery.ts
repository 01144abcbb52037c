import { Aws, Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { EnvName } from '../core/env-names.js';
import { acknowledge, acknowledgeFolder } from './acknowledge.js';
import { allow } from './allow.js';
import type { EventStream } from './event-stream.js';

export interface DeliveryProps {
  readonly bucket: Bucket;
  /** First part of the objects' keys; also where they fail to, under `errors/`. */
  readonly folder: 'events' | 'receipts' | 'rejected';
  /** Where records come from.
   * @default - direct put */
  readonly source?: EventStream;
  readonly logRetention: RetentionDays;
}

/** Whichever comes first. */
const BUFFER = { size: Size.mebibytes(64), interval: Duration.seconds(300) };

/** By arrival of the object's oldest record, UTC. Not by event time: readers look at neighbouring hours too. */
const PARTITIONS = 'dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/';

const LOG_STREAM = 'delivery';

/**
 * One Firehose into one folder of the archive, as `.ndjson.gz`.
 *
 * Written with L1s and a policy by hand: the L2's S3 destination may read, overwrite and delete the whole bucket.
 */
export class Delivery extends Construct {
  public readonly deliveryStream: CfnDeliveryStream;
  /** By the event stream; otherwise by direct puts, which have metrics of other names. */
  private readonly isFed: boolean;

  public constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { bucket, folder, source, logRetention } = props;
    this.isFed = source !== undefined;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logStream = logGroup.addStream('LogStream', { logStreamName: LOG_STREAM });
    const role = this.makeRole(props, logGroup);
    this.deliveryStream = new CfnDeliveryStream(this, 'Firehose', {
      ...sourceOf(source, role),
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${folder}/${PARTITIONS}`,
        errorOutputPrefix: `errors/${folder}/!{firehose:error-output-type}/${PARTITIONS}`,
        customTimeZone: 'UTC',
        // Every record is a gzip member already, and members one after the other are one gzip file.
        compressionFormat: 'UNCOMPRESSED',
        fileExtension: '.ndjson.gz',
        bufferingHints: {
          sizeInMBs: BUFFER.size.toMebibytes(),
          intervalInSeconds: BUFFER.interval.toSeconds(),
        },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: LOG_STREAM,
        },
      },
    });
    if (source)
      acknowledge(
        this,
        'KDF1',
        "Firehose can't encrypt a stream that it reads: the stream does that itself.",
      );
    // Firehose tries its role when it is created: without these it fails, or starts deaf.
    this.deliveryStream.node.addDependency(role, logStream);
  }

  /** Put lines in directly. */
  public bindWriter(writer: LambdaFunction, envName: EnvName): void {
    writer.addEnvironment(envName, this.deliveryStream.ref);
    writer.addToRolePolicy(allow(['firehose:PutRecordBatch'], [this.deliveryStream.attrArn]));
  }

  /** Age of the oldest record not yet in S3, in seconds. It rises when delivery stands still. */
  public metricDataFreshnessSecondsMax(options?: MetricOptions): Metric {
    return this.metric('DeliveryToS3.DataFreshness', { statistic: 'Maximum', ...options });
  }

  /** Share of the writes to S3 that succeeded, 0 to 1. */
  public metricDeliverySuccessAverage(options?: MetricOptions): Metric {
    return this.metric('DeliveryToS3.Success', { statistic: 'Average', ...options });
  }

  /** Bytes written to S3, sum per period. */
  public metricDeliveredBytesSum(options?: MetricOptions): Metric {
    return this.metric('DeliveryToS3.Bytes', { statistic: 'Sum', ...options });
  }

  /** What came in, sum per period, from wherever it comes. */
  public metricIncomingRecordsSum(options?: MetricOptions): Metric {
    return this.metric(this.isFed ? 'DataReadFromKinesisStream.Records' : 'IncomingRecords', {
      statistic: 'Sum',
      ...options,
    });
  }

  public metricIncomingBytesSum(options?: MetricOptions): Metric {
    return this.metric(this.isFed ? 'DataReadFromKinesisStream.Bytes' : 'IncomingBytes', {
      statistic: 'Sum',
      ...options,
    });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: this.deliveryStream.ref },
      ...options,
    });
  }

  private makeRole({ bucket, folder, source }: DeliveryProps, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', {
      // Only for a Firehose of this account: the role can't be borrowed through anybody else's.
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    role.addToPolicy(
      allow(['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [bucket.bucketArn]),
    );
    for (const part of [folder, `errors/${folder}`]) {
      const objects = bucket.arnForObjects(`${part}/*`);
      role.addToPolicy(allow(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], [objects]));
      acknowledgeFolder(role, bucket, part);
    }
    role.addToPolicy(allow(['logs:PutLogEvents'], [logGroup.logGroupArn]));
    source?.grantRead(role);
    return role;
  }
}

/** A stream brings its own encryption; direct puts are encrypted by Firehose. */
const sourceOf = (source: EventStream | undefined, role: Role) =>
  source
    ? {
        deliveryStreamType: 'KinesisStreamAsSource',
        kinesisStreamSourceConfiguration: {
          kinesisStreamArn: source.stream.streamArn,
          roleArn: role.roleArn,
        },
      }
    : {
        deliveryStreamType: 'DirectPut',
        deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      };
