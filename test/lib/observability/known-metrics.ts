import { GAUGES, METRICS } from '../../../core/metric-names.js';
import type { FoundMetric } from './metrics-of.js';

/**
 * What CloudWatch has, from AWS' documentation: namespace, metric, and the sets of dimensions under which it is published. A
 * metric under any other set does not exist: an alarm on it never fires.
 */
type Known = Readonly<Record<string, readonly (readonly string[])[]>>;

const each = (names: readonly string[], ...dimensions: readonly string[][]): Known =>
  Object.fromEntries(names.map((name) => [name, dimensions]));

export const KNOWN_METRICS: Readonly<Record<string, Known>> = {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html (REST APIs: other names, by ApiName)
  'AWS/ApiGateway': each(
    ['4xx', '5xx', 'Count', 'IntegrationLatency', 'Latency', 'DataProcessed'],
    ['ApiId'],
    ['ApiId', 'Stage'],
  ),
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS/Lambda': {
    ...each(
      ['Invocations', 'Errors', 'Throttles', 'Duration', 'ConcurrentExecutions', 'IteratorAge'],
      ['FunctionName'],
      ['FunctionName', 'Resource'],
      ['ExecutedVersion', 'FunctionName', 'Resource'],
    ),
    // Only where the mapping's metrics are turned on.
    ...each(['OnFailureDestinationDeliveredEventCount'], ['EventSourceMappingUUID']),
  },
  // https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
  'AWS/Kinesis': each(
    [
      'GetRecords.IteratorAgeMilliseconds',
      'IncomingBytes',
      'IncomingRecords',
      'PutRecords.FailedRecords',
      'PutRecords.ThrottledRecords',
      'ReadProvisionedThroughputExceeded',
      'WriteProvisionedThroughputExceeded',
    ],
    ['StreamName'],
  ),
  // https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
  'AWS/Firehose': each(
    [
      'DataReadFromKinesisStream.Bytes',
      'DataReadFromKinesisStream.Records',
      'DeliveryToS3.Bytes',
      'DeliveryToS3.DataFreshness',
      'DeliveryToS3.Records',
      'DeliveryToS3.Success',
      'IncomingBytes',
      'IncomingRecords',
      'ThrottledRecords',
    ],
    ['DeliveryStreamName'],
  ),
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  'AWS/DynamoDB': {
    ...each(
      [
        'ConditionalCheckFailedRequests',
        'ConsumedReadCapacityUnits',
        'ConsumedWriteCapacityUnits',
        'ProvisionedReadCapacityUnits',
        'ProvisionedWriteCapacityUnits',
        'ReadThrottleEvents',
        'TimeToLiveDeletedItemCount',
        'WriteThrottleEvents',
      ],
      ['TableName'],
    ),
    // By table alone these do not exist.
    ...each(['SuccessfulRequestLatency', 'SystemErrors', 'ThrottledRequests'], ['Operation', 'TableName']),
  },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
  'AWS/Logs': each(['IncomingBytes', 'IncomingLogEvents'], ['LogGroupName']),
  // https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
  'AWS/States': each(['ExecutionsFailed', 'ExecutionsStarted', 'ExecutionsTimedOut'], ['StateMachineArn']),
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS/SQS': each(['ApproximateNumberOfMessagesVisible'], ['QueueName']),
  Tally: each([...Object.values(METRICS), ...Object.values(GAUGES)], ['deployment', 'service']),
};

/** What is wrong with a metric that something looks at, or nothing. */
export function faultOf({ where, namespace, name, dimensions }: FoundMetric): string | undefined {
  const known = KNOWN_METRICS[namespace]?.[name];
  const shown = `${where}: ${namespace} ${name} by ${dimensions.join(', ') || 'nothing'}`;
  if (known === undefined) return `${shown}: no such metric`;
  const isPublished = known.some((set) => [...set].sort().join() === dimensions.join());
  return isPublished ? undefined : `${shown}; published by ${known.map((set) => set.join('+')).join(' or ')}`;
}
