import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { makeCounter, resourceOf, synthesise, templateOf } from './synthesised.js';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';

describe('Counting', () => {
  const counter = makeCounter();
  const template = templateOf(counter);
  const { Properties: mapping } = resourceOf(template, MAPPING, 'CountingMapping');
  const changed = synthesise({
    countConcurrency: 8,
    freshness: Duration.seconds(60),
    retention: Duration.days(30),
    isDeploymentGradual: false,
  });

  // Each of these is a guarantee; what breaks without it is said where it is set.
  it.each([
    ['misses nothing while a mapping is made', 'StartingPosition', 'TRIM_HORIZON'],
    ['gives up no batch by number of retries', 'MaximumRetryAttempts', -1],
    ['counts one batch per stripe at a time', 'ParallelizationFactor', 1],
    [
      'retries from the first event that was not counted',
      'FunctionResponseTypes',
      ['ReportBatchItemFailures'],
    ],
    ['finds a poisonous chunk by halving', 'BisectBatchOnFunctionError', true],
    ['takes batches as large as they come', 'BatchSize', 10_000],
    ['gathers events for the time of `freshness`', 'MaximumBatchingWindowInSeconds', 5],
    ['sets a batch aside a day before the stream forgets it', 'MaximumRecordAgeInSeconds', 6 * 86_400],
    ['measures what it sets aside', 'MetricsConfig', { Metrics: ['EventCount'] }],
  ])('%s: %s', (_, property, value) => {
    expect(mapping[property]).toEqual(value);
  });

  it('filters nothing: a filter drops what is not JSON without a word', () => {
    expect(mapping).not.toHaveProperty('FilterCriteria');
  });

  it('sets batches aside in S3, the only place that gets their payload', () => {
    expect(mapping['DestinationConfig']).toEqual({
      OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^TallyBucketsFailures/), 'Arn'] } },
    });
  });

  it('reads through its alias', () => {
    expect(JSON.stringify(mapping['FunctionName'])).toContain(':live');
  });

  it('follows freshness and retention, whose maximum age Lambda limits to a week', () => {
    const { Properties } = resourceOf(changed, MAPPING, 'CountingMapping');
    expect(Properties).toMatchObject({
      MaximumBatchingWindowInSeconds: 60,
      MaximumRecordAgeInSeconds: 604_800,
    });
  });

  it('takes new code gradually, and back if that code fails', () => {
    template.hasResource('AWS::Lambda::Alias', {
      UpdatePolicy: { CodeDeployLambdaAliasUpdate: Match.anyValue() },
    });
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [{ Name: { Ref: Match.stringLikeRegexp('CountingRollbackAlarm') } }],
      },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: Match.arrayWith(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM']),
      },
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    });
    changed.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
  });

  it('listens to the new version alone, so that a fix can be deployed while the old one fails', () => {
    const { Properties } = resourceOf(template, 'AWS::CloudWatch::Alarm', 'CountingRollbackAlarm');
    const names = (Properties['Dimensions'] as { Name: string }[]).map(({ Name }) => Name);
    expect(names).toEqual(['ExecutedVersion', 'FunctionName', 'Resource']);
  });

  it('rings when a batch was set aside', () => {
    const { Properties } = resourceOf(template, 'AWS::CloudWatch::Alarm', 'CountingSetAsideAlarm');
    expect(Properties).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'OnFailureDestinationDeliveredEventCount',
      Dimensions: [
        {
          Name: 'EventSourceMappingUUID',
          Value: { Ref: expect.stringMatching(/^TallyCountingMapping/) as string },
        },
      ],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  it('has as much concurrency set aside as asked for', () => {
    const concurrencyIn = (of: typeof template) =>
      resourceOf(of, FUNCTION, 'CountingCount').Properties['ReservedConcurrentExecutions'];
    expect([concurrencyIn(template), concurrencyIn(changed)]).toEqual([undefined, 8]);
  });

  it('runs longer than the longest window', () => {
    expect(resourceOf(template, FUNCTION, 'CountingCount').Properties['Timeout']).toBeGreaterThan(300);
  });
});
