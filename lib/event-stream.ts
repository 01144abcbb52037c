import { Annotations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV } from '../core/env-names.js';
import { acknowledge } from './acknowledge.js';
import { allow } from './allow.js';
import type { EventCounterConfig } from './event-counter-props.js';

export type EventStreamProps = Pick<
  EventCounterConfig,
  'streamMode' | 'stripes' | 'retention' | 'streamKey' | 'removalPolicy'
>;

/**
 * The durable line between accepting and counting: one Kinesis shard per stripe.
 *
 * The default `Stream` would be encrypted with `aws/kinesis` and keep a day: a key that other accounts, and Kinesis' own
 * delivery to S3, can't use, and a weekend's outage would be a loss.
 */
export class EventStream extends Construct {
  public readonly stream: Stream;
  /** Absent where AWS manages the key: its users then need no permission of their own. */
  public readonly key: IKey | undefined;

  public constructor(scope: Construct, id: string, props: EventStreamProps) {
    super(scope, id);
    const { streamKey, removalPolicy } = props;
    this.key = streamKey === 'aws-managed' ? undefined : (streamKey ?? this.makeKey(removalPolicy));
    this.stream = new Stream(this, 'Stream', {
      ...(props.streamMode === 'on-demand'
        ? { streamMode: StreamMode.ON_DEMAND }
        : { streamMode: StreamMode.PROVISIONED, shardCount: props.stripes }),
      retentionPeriod: props.retention,
      encryption: this.key ? StreamEncryption.KMS : StreamEncryption.MANAGED,
      encryptionKey: this.key,
      removalPolicy,
    });
    if (this.key)
      acknowledge(
        this,
        'KDS3',
        "`aws/kinesis` is the default key, which other accounts can't use. This one costs $1.",
      );
    if (props.streamMode === 'provisioned') this.sayHowStripesChange(props.stripes);
  }

  /** Put chunks in. The L2's `grantWrite` would also let it re-encrypt with the key. */
  public bindWriter(writer: LambdaFunction): void {
    writer.addEnvironment(ENV.stream, this.stream.streamName);
    writer.addToRolePolicy(allow(['kinesis:PutRecords'], [this.stream.streamArn]));
    if (this.key) writer.addToRolePolicy(allow(['kms:GenerateDataKey'], [this.key.keyArn]));
  }

  /** Read by polling, as Lambda and Firehose do. The L2's `grantRead` would also allow enhanced fan-out. */
  public grantRead(reader: IGrantable): void {
    const { grantPrincipal } = reader;
    grantPrincipal.addToPrincipalPolicy(
      allow(
        [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        [this.stream.streamArn],
      ),
    );
    if (this.key) grantPrincipal.addToPrincipalPolicy(allow(['kms:Decrypt'], [this.key.keyArn]));
  }

  /** How far the slowest reader is behind, in milliseconds: counting or the archive, whichever it is. */
  public metricIteratorAgeMsMax(options?: MetricOptions): Metric {
    return this.stream.metricGetRecordsIteratorAgeMilliseconds({ statistic: 'Maximum', ...options });
  }

  /** Records refused because a shard was full, sum per period. Above 0, producers retry: more stripes are due. */
  public metricThrottledRecordsSum(options?: MetricOptions): Metric {
    return this.stream.metricPutRecordsThrottledRecords({ statistic: 'Sum', ...options });
  }

  /** Records put in, sum per period: chunks, and a marker per stripe and day. Kinesis' own count, not ours. */
  public metricIncomingRecordsSum(options?: MetricOptions): Metric {
    return this.stream.metricIncomingRecords({ statistic: 'Sum', ...options });
  }

  public metricIncomingBytesSum(options?: MetricOptions): Metric {
    return this.stream.metricIncomingBytes({ statistic: 'Sum', ...options });
  }

  private makeKey(removalPolicy: EventStreamProps['removalPolicy']): Key {
    return new Key(this, 'Key', {
      description: 'Tally: the event stream',
      enableKeyRotation: true,
      removalPolicy,
    });
  }

  private sayHowStripesChange(stripes: number): void {
    Annotations.of(this).addInfo(
      `stripes: ${stripes}. A running stream takes half as many to twice as many shards per deploy: ` +
        `from ${stripes}, deploy ${stripes === 1 ? '' : `${stripes / 2} or `}${stripes * 2} next.`,
    );
  }
}
