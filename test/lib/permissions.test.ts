import { grantsOf, resourcesOf, synthesise } from './synthesised.js';

const template = synthesise();

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const READ_STREAM = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
];
const PUT_DIRECTLY = ['firehose:PutRecordBatch'];

const deliveryTo = (folder: string, name: string) => ({
  'BucketsArchive.Arn': ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
  [`BucketsArchive.Arn/${folder}/*`]: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
  [`BucketsArchive.Arn/errors/${folder}/*`]: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
  [`Archive${name}Logs.Arn`]: ['logs:PutLogEvents'],
});

/** All that anything in the stack may do. One action more, anywhere, and this is red. */
const GRANTS: Record<string, Record<string, string[]>> = {
  FrontAuthorizeRole: {
    'FrontAuthorizeLogs.Arn': LOGS,
    'TablesKeys.Arn': ['dynamodb:GetItem'],
  },
  IngestIngestRole: {
    'IngestIngestLogs.Arn': LOGS,
    'EventStream.Arn': ['kinesis:PutRecords'],
    'EventStreamKey.Arn': ['kms:GenerateDataKey'],
    'ArchiveReceiptsFirehose.Arn': PUT_DIRECTLY,
    'TablesDays.Arn': ['dynamodb:GetItem'],
    'TablesDays.Arn if settings': ['dynamodb:PutItem'],
  },
  CountingCountRole: {
    'CountingCountLogs.Arn': LOGS,
    'EventStream.Arn': READ_STREAM,
    'EventStreamKey.Arn': ['kms:Decrypt'],
    'ArchiveRejectedFirehose.Arn': PUT_DIRECTLY,
    'BucketsFailures.Arn': ['s3:ListBucket'],
    'BucketsFailures.Arn/aws/lambda/*': ['s3:PutObject'],
    'TablesJournal.Arn': ['dynamodb:PutItem', 'dynamodb:Query'],
    'TablesCounters.Arn': ['dynamodb:UpdateItem'],
    'TablesDays.Arn': ['dynamodb:GetItem'],
    'TablesDays.Arn if settings': ['dynamodb:PutItem'],
    'TablesDays.Arn if day': ['dynamodb:UpdateItem'],
    'TablesDays.Arn if progress': ['dynamodb:PutItem'],
    'TablesCatalog.Arn': ['dynamodb:BatchGetItem', 'dynamodb:PutItem'],
  },
  QueryQueryRole: {
    'QueryQueryLogs.Arn': LOGS,
    'TablesCounters.Arn': ['dynamodb:Query'],
    'TablesTotals.Arn': ['dynamodb:GetItem', 'dynamodb:Query'],
    'TablesDays.Arn': ['dynamodb:GetItem', 'dynamodb:Query'],
    'TablesCatalog.Arn': ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  },
  HeartbeatHeartbeatRole: {
    'HeartbeatHeartbeatLogs.Arn': LOGS,
    'EventStream.Arn': ['kinesis:PutRecords'],
    'EventStreamKey.Arn': ['kms:GenerateDataKey'],
    'BucketsArchive.Arn': ['s3:ListBucket'],
    'BucketsArchive.Arn/events/*': ['s3:GetObject'],
    'TablesDays.Arn': ['dynamodb:GetItem'],
    'TablesDays.Arn if progress': ['dynamodb:PutItem'],
  },
  HeartbeatScheduleRole: { 'Heartbeat.Arn': ['lambda:InvokeFunction'] },
  ArchiveEventsRole: {
    ...deliveryTo('events', 'Events'),
    'EventStream.Arn': READ_STREAM,
    'EventStreamKey.Arn': ['kms:Decrypt'],
  },
  ArchiveReceiptsRole: deliveryTo('receipts', 'Receipts'),
  ArchiveRejectedRole: deliveryTo('rejected', 'Rejected'),
};

describe('permissions', () => {
  it.each(Object.keys(GRANTS))('%s may do exactly what it needs', (role) => {
    expect(grantsOf(template, role)).toEqual(GRANTS[role]);
  });

  it('are held by no other role or policy, except CodeDeploy with the policy that AWS keeps for it', () => {
    const ids = Object.entries(resourcesOf(template));
    const rolesOf = (type: string): number => ids.filter(([, resource]) => resource.Type === type).length;
    expect(rolesOf('AWS::IAM::Role')).toBe(Object.keys(GRANTS).length + 1);
    expect(rolesOf('AWS::IAM::Policy')).toBe(Object.keys(GRANTS).length);
    expect(rolesOf('AWS::IAM::ManagedPolicy')).toBe(0);
    const managed = ids.filter(([, resource]) => 'ManagedPolicyArns' in resource.Properties);
    expect(JSON.stringify(managed.map(([, resource]) => resource.Properties['ManagedPolicyArns']))).toContain(
      'service-role/AWSCodeDeployRoleForLambdaLimited',
    );
    expect(managed).toHaveLength(1);
  });

  it('need none on a key where AWS manages it', () => {
    const managed = synthesise({ streamKey: 'aws-managed' });
    expect(Object.keys(grantsOf(managed, 'CountingCountRole'))).not.toContain('EventStreamKey.Arn');
    expect(Object.keys(grantsOf(managed, 'IngestIngestRole'))).not.toContain('EventStreamKey.Arn');
  });
});
