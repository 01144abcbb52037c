import { Aws, Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { allow } from './allow.js';
import type { Archive } from './archive.js';
import { bindSettings } from './bind-settings.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { EventStream } from './event-stream.js';
import type { Tables } from './tables.js';
import { TallyFunction } from './tally-function.js';

export interface HeartbeatProps {
  readonly config: EventCounterConfig;
  readonly eventStream: EventStream;
  readonly tables: Tables;
  readonly archive: Archive;
}

/**
 * A control line through every stripe, each minute: a quiet stack stays fresh, and a new one opens when it archives.
 *
 * No custom resource: that would hold up the deployment for as long as Firehose buffers, fail it where Firehose is slow, and
 * bring four functions with wider permissions than this one.
 */
export class Heartbeat extends Construct {
  public readonly function: TallyFunction;

  public constructor(scope: Construct, id: string, props: HeartbeatProps) {
    super(scope, id);
    const { config, eventStream, tables, archive } = props;
    this.function = new TallyFunction(this, 'Heartbeat', {
      entry: 'heartbeat',
      memoryMb: 256,
      timeout: Duration.seconds(50), // The next one comes after sixty.
      config,
    });
    bindSettings(this.function, config);
    tables.bindHeartbeat(this.function);
    eventStream.bindWriter(this.function);
    archive.bindRecentReader(this.function);
    this.schedule();
  }

  /** With L1s: the L2 target's role may invoke every version, and stands outside of this construct. */
  private schedule(): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    role.addToPolicy(allow(['lambda:InvokeFunction'], [this.function.functionArn]));
    new CfnSchedule(this, 'Schedule', {
      description: 'Tally: a heartbeat through every stripe',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: role.roleArn,
        // A late heartbeat is worth nothing: the next one says more.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
  }
}
