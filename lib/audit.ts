import { Aws, Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.js';
import { allow } from './allow.js';
import { AUDIT_DEFINITION, type Substitution } from './audit-definition.js';
import { AuditFunctions } from './audit-functions.js';
import type { Buckets } from './buckets.js';
import type { EventCounterConfig } from './event-counter-props.js';
import type { EventStream } from './event-stream.js';
import { AuditMetrics } from './observability/audit-metrics.js';
import type { Tables } from './tables.js';

/** SQL over the archive and the audit's working tables. */
export interface AuditQueries {
  readonly databaseName: string;
  readonly workGroupName: string;
  /** Start queries and see how they went, with all that a query itself reads and writes. */
  grantRunQueries(grantee: IGrantable): void;
  /** Read what queries answered. */
  grantReadResults(grantee: IGrantable): void;
}

export interface AuditProps {
  readonly config: EventCounterConfig;
  readonly eventStream: EventStream;
  readonly tables: Tables;
  readonly buckets: Buckets;
  readonly queries: AuditQueries;
}

/** Scheduler gives up sooner than the next night, and says so in the dead-letter queue. */
const START_RETRIES = { maximumRetryAttempts: 20, maximumEventAgeInSeconds: Duration.hours(6).toSeconds() };

/**
 * The nightly proof: a state machine that settles, reads and compares what archive, journals, receipts and counters say of each closed
 * day, and seals it.
 *
 * Scheduler may start it twice, and somebody may start it by hand meanwhile: the newest run of a day fences off all others.
 */
export class Audit extends Construct {
  public readonly stateMachine: CfnStateMachine;
  public readonly functions: AuditFunctions;
  /** Holds the rounds that Scheduler could not start. */
  public readonly notStarted: Queue;
  public readonly metrics: AuditMetrics;

  public constructor(scope: Construct, id: string, props: AuditProps) {
    super(scope, id);
    const { config } = props;
    this.functions = new AuditFunctions(this, 'Steps', props);
    this.stateMachine = this.makeStateMachine(props);
    this.notStarted = new Queue(this, 'NotStarted', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.notStarted, 'SQS3', 'It is a dead-letter queue itself.');
    this.schedule(config);
    this.metrics = new AuditMetrics(config.deployment);
  }

  /** How to audit by hand: every day that is due, or with an input like {"day":"2026-11-20","trust":"journal"} that one. */
  public get startCommand(): string {
    return `aws stepfunctions start-execution --state-machine-arn ${this.stateMachine.ref}`;
  }

  /** Executions that failed, timed out or were aborted, sum per period: nothing more is sealed before somebody looks. */
  public metricFailedSum(options?: MetricOptions): Metric {
    return this.metric('ExecutionsFailed', options);
  }

  public metricTimedOutSum(options?: MetricOptions): Metric {
    return this.metric('ExecutionsTimedOut', options);
  }

  /** Rounds in the dead-letter queue. */
  public metricNotStartedMax(options?: MetricOptions): Metric {
    return this.notStarted.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options });
  }

  private metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: { StateMachineArn: this.stateMachine.ref },
      statistic: 'Sum',
      ...options,
    });
  }

  /** With an L1: the L2's tasks may invoke every version of a function, and its Athena task may use every bucket. */
  private makeStateMachine({ config, queries }: AuditProps): CfnStateMachine {
    const { decide, snapshot, seal } = this.functions;
    const role = serviceRole(this, 'Role', 'states');
    role.addToPolicy(
      allow(
        ['lambda:InvokeFunction'],
        [decide, snapshot, seal].map(({ functionArn }) => functionArn),
      ),
    );
    queries.grantRunQueries(role);
    if (config.isTraced) grantTracing(role);
    const substitutions: Record<Substitution, string> = {
      AuditFunction: decide.functionArn,
      SnapshotFunction: snapshot.functionArn,
      SealFunction: seal.functionArn,
      Partition: Aws.PARTITION,
      Database: queries.databaseName,
      WorkGroup: queries.workGroupName,
    };
    const stateMachine = new CfnStateMachine(this, 'StateMachine', {
      stateMachineType: 'STANDARD',
      roleArn: role.roleArn,
      definitionString: JSON.stringify(AUDIT_DEFINITION),
      definitionSubstitutions: substitutions,
      tracingConfiguration: { enabled: config.isTraced },
    });
    // Step Functions tries its role when the machine is created.
    stateMachine.node.addDependency(role);
    acknowledge(
      stateMachine,
      'SF1',
      'A standard execution keeps each event, its input and output for 90 days by itself; a log would say it again, and needs a role ' +
        "that may change the account's log deliveries.",
    );
    if (!config.isTraced) acknowledge(stateMachine, 'SF2', '`isTraced` turns X-Ray on, here as everywhere.');
    return stateMachine;
  }

  /** With L1s: the L2 target's role stands outside of this construct. */
  private schedule({ auditAt }: EventCounterConfig): void {
    const role = serviceRole(this, 'ScheduleRole', 'scheduler');
    role.addToPolicy(allow(['states:StartExecution'], [this.stateMachine.ref]));
    role.addToPolicy(allow(['sqs:SendMessage'], [this.notStarted.queueArn]));
    const [hour, minute] = auditAt.split(':').map(Number);
    new CfnSchedule(this, 'Schedule', {
      description: 'Tally: the nightly audit',
      scheduleExpression: `cron(${minute} ${hour} * * ? *)`,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.stateMachine.ref,
        roleArn: role.roleArn,
        input: '{}',
        retryPolicy: START_RETRIES,
        deadLetterConfig: { arn: this.notStarted.queueArn },
      },
    });
  }
}

/** For a service of this account alone: the role can't be borrowed through anybody else's. */
const serviceRole = (scope: Construct, id: string, service: string): Role =>
  new Role(scope, id, {
    assumedBy: new ServicePrincipal(`${service}.amazonaws.com`, {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  });

function grantTracing(role: Role): void {
  const actions = ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'];
  role.addToPolicy(
    allow(
      actions.map((action) => `xray:${action}`),
      ['*'],
    ),
  );
  acknowledge(role, 'IAM5[Resource::*]', 'X-Ray has no resources to name.');
}
