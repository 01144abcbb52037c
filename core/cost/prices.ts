/**
 * What AWS charges: data, not logic. List prices without free tiers, discounts or reserved capacity.
 *
 * To update: change prices together with `version`, and the tables of docs/cost.md with them.
 */

export type Service =
  'API Gateway' | 'Lambda' | 'Kinesis' | 'Firehose' | 'S3' | 'DynamoDB' | 'Athena' | 'CloudWatch' | 'Other';

export interface Price {
  readonly service: Service;
  /** What is paid for, as a line of a bill says it. */
  readonly what: string;
  /** Dollars for `per` units. */
  readonly usd: number;
  readonly per: number;
  /** One of the units that are counted. */
  readonly unit: string;
  readonly source: string;
}

const GATEWAY = 'https://aws.amazon.com/api-gateway/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const KINESIS = 'https://aws.amazon.com/kinesis/data-streams/pricing/';
const FIREHOSE = 'https://aws.amazon.com/firehose/pricing/';
const S3 = 'https://aws.amazon.com/s3/pricing/';
const ON_DEMAND = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const PROVISIONED = 'https://aws.amazon.com/dynamodb/pricing/provisioned/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';

const MILLION = 1_000_000;

const PRICES = {
  httpApiRequests: {
    service: 'API Gateway',
    what: 'requests',
    usd: 1,
    per: MILLION,
    unit: 'request of up to 512 KB',
    source: GATEWAY,
  },
  lambdaRequests: {
    service: 'Lambda',
    what: 'invocations',
    usd: 0.2,
    per: MILLION,
    unit: 'invocation',
    source: LAMBDA,
  },
  ingestGbSeconds: {
    service: 'Lambda',
    what: 'ingest, arm64',
    usd: 0.0000133334,
    per: 1,
    unit: 'GB-second',
    source: LAMBDA,
  },
  countGbSeconds: {
    service: 'Lambda',
    what: 'count, arm64',
    usd: 0.0000133334,
    per: 1,
    unit: 'GB-second',
    source: LAMBDA,
  },
  auditGbSeconds: {
    service: 'Lambda',
    what: 'audit, arm64',
    usd: 0.0000133334,
    per: 1,
    unit: 'GB-second',
    source: LAMBDA,
  },
  shardHours: { service: 'Kinesis', what: 'shards', usd: 0.015, per: 1, unit: 'shard-hour', source: KINESIS },
  putPayloadUnits: {
    service: 'Kinesis',
    what: 'records put',
    usd: 0.014,
    per: MILLION,
    unit: 'record, by 25 KB',
    source: KINESIS,
  },
  extendedRetentionShardHours: {
    service: 'Kinesis',
    what: 'retention, 1 to 7 days',
    usd: 0.02,
    per: 1,
    unit: 'shard-hour',
    source: KINESIS,
  },
  kmsRequests: {
    service: 'Kinesis',
    what: 'encryption: KMS calls',
    usd: 0.03,
    per: 10_000,
    unit: 'call',
    source: 'https://aws.amazon.com/kms/pricing/',
  },
  kmsKeyMonths: {
    service: 'Kinesis',
    what: 'encryption: KMS key',
    usd: 1,
    per: 1,
    unit: 'key-month',
    source: 'https://aws.amazon.com/kms/pricing/',
  },
  firehoseEventsGb: {
    service: 'Firehose',
    what: 'events to the archive',
    usd: 0.029,
    per: 1,
    unit: 'GB, by 5 KB a record',
    source: FIREHOSE,
  },
  firehoseReceiptsGb: {
    service: 'Firehose',
    what: 'receipts to the archive',
    usd: 0.029,
    per: 1,
    unit: 'GB, by 5 KB a record',
    source: FIREHOSE,
  },
  s3Puts: { service: 'S3', what: 'objects put', usd: 0.005, per: 1_000, unit: 'PUT', source: S3 },
  s3Gets: { service: 'S3', what: 'objects read', usd: 0.0004, per: 1_000, unit: 'GET', source: S3 },
  s3GbMonths: { service: 'S3', what: 'archive kept', usd: 0.023, per: 1, unit: 'GB-month', source: S3 },
  auditGbMonths: {
    service: 'S3',
    what: 'audit files kept',
    usd: 0.023,
    per: 1,
    unit: 'GB-month',
    source: S3,
  },
  journalWriteUnits: {
    service: 'DynamoDB',
    what: 'journal writes',
    usd: 0.625,
    per: MILLION,
    unit: 'write of 1 KB',
    source: ON_DEMAND,
  },
  counterWriteUnits: {
    service: 'DynamoDB',
    what: 'counter writes',
    usd: 0.625,
    per: MILLION,
    unit: 'write of 1 KB',
    source: ON_DEMAND,
  },
  totalsWriteUnits: {
    service: 'DynamoDB',
    what: 'totals of sealed days',
    usd: 0.625,
    per: MILLION,
    unit: 'write of 1 KB',
    source: ON_DEMAND,
  },
  progressWriteUnits: {
    service: 'DynamoDB',
    what: 'progress of counting',
    usd: 0.625,
    per: MILLION,
    unit: 'write of 1 KB',
    source: ON_DEMAND,
  },
  countReadUnits: {
    service: 'DynamoDB',
    what: 'journals read for late events',
    usd: 0.125,
    per: MILLION,
    unit: 'read of 4 KB',
    source: ON_DEMAND,
  },
  auditReadUnits: {
    service: 'DynamoDB',
    what: 'audit reads',
    usd: 0.125,
    per: MILLION,
    unit: 'read of 4 KB',
    source: ON_DEMAND,
  },
  journalWriteCapacityHours: {
    service: 'DynamoDB',
    what: 'journal writes, provisioned',
    usd: 0.00065,
    per: 1,
    unit: 'write unit-hour',
    source: PROVISIONED,
  },
  counterWriteCapacityHours: {
    service: 'DynamoDB',
    what: 'counter writes, provisioned',
    usd: 0.00065,
    per: 1,
    unit: 'write unit-hour',
    source: PROVISIONED,
  },
  readCapacityHours: {
    service: 'DynamoDB',
    what: 'journal reads, provisioned',
    usd: 0.00013,
    per: 1,
    unit: 'read unit-hour',
    source: PROVISIONED,
  },
  tableGbMonths: {
    service: 'DynamoDB',
    what: 'items kept',
    usd: 0.25,
    per: 1,
    unit: 'GB-month',
    source: ON_DEMAND,
  },
  backupGbMonths: {
    service: 'DynamoDB',
    what: 'point-in-time recovery',
    usd: 0.2,
    per: 1,
    unit: 'GB-month',
    source: ON_DEMAND,
  },
  athenaTb: {
    service: 'Athena',
    what: 'audit scans',
    usd: 5,
    per: 1,
    unit: 'TB, at least 10 MB a query',
    source: 'https://aws.amazon.com/athena/pricing/',
  },
  logGb: {
    service: 'CloudWatch',
    what: 'log lines and metrics in them',
    usd: 0.5,
    per: 1,
    unit: 'GB',
    source: CLOUDWATCH,
  },
  metricMonths: {
    service: 'CloudWatch',
    what: 'custom metrics',
    usd: 0.3,
    per: 1,
    unit: 'metric-month',
    source: CLOUDWATCH,
  },
  alarmMonths: {
    service: 'CloudWatch',
    what: 'alarms',
    usd: 0.1,
    per: 1,
    unit: 'alarm-month',
    source: CLOUDWATCH,
  },
  compositeAlarmMonths: {
    service: 'CloudWatch',
    what: 'composite alarms',
    usd: 0.5,
    per: 1,
    unit: 'alarm-month',
    source: CLOUDWATCH,
  },
  dashboardMonths: {
    service: 'CloudWatch',
    what: 'dashboard',
    usd: 3,
    per: 1,
    unit: 'dashboard-month',
    source: CLOUDWATCH,
  },
  stateTransitions: {
    service: 'Other',
    what: 'audit steps (Step Functions)',
    usd: 0.025,
    per: 1_000,
    unit: 'transition',
    source: 'https://aws.amazon.com/step-functions/pricing/',
  },
  schedules: {
    service: 'Other',
    what: 'heartbeats and audit starts (Scheduler)',
    usd: 1,
    per: MILLION,
    unit: 'invocation',
    source: 'https://aws.amazon.com/eventbridge/pricing/',
  },
  transferGb: {
    service: 'Other',
    what: 'answers to producers (data out)',
    usd: 0.09,
    per: 1,
    unit: 'GB',
    source: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

export interface PriceList {
  /** The day the prices were looked up. */
  readonly version: string;
  readonly region: string;
  readonly prices: Readonly<Record<PriceName, Price>>;
}

export const PRICE_LIST: PriceList = { version: '2026-11-22', region: 'us-east-1', prices: PRICES };

/** What a stream costs in on-demand mode, where it has no shards to pay for. */
export const ON_DEMAND_STREAM = {
  streamHours: {
    service: 'Kinesis',
    what: 'stream, on-demand',
    usd: 0.04,
    per: 1,
    unit: 'stream-hour',
    source: KINESIS,
  },
  inGb: { service: 'Kinesis', what: 'data in', usd: 0.08, per: 1, unit: 'GB', source: KINESIS },
  outGb: {
    service: 'Kinesis',
    what: 'data out, to each reader',
    usd: 0.04,
    per: 1,
    unit: 'GB',
    source: KINESIS,
  },
} as const satisfies Record<string, Price>;
