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

const OF_STACK = 'arn:AWS::Partition:';
const named = (service: string, resource: string): string =>
  `${OF_STACK}${service}:AWS::Region:AWS::AccountId:${resource}`;
const WORK_GROUP = named('athena', 'workgroup/Stack-Tally-Analytics-BCC8A404');
const DATABASE = 'stack_tally_analytics_bcc8a404';
const READ_CATALOG = ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable'];
const READ_TABLE = ['glue:GetPartitions', 'glue:GetTable'];
const USE_RESULTS = [
  's3:AbortMultipartUpload',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
];
const AUDITED = ['raw_events', 'raw_receipts', 'audit_staged', 'audit_snapshot', 'audit_journal_ids'].concat([
  'audit_drift',
  'audit_corrections',
]);

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
    'TablesCounters.Arn': ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
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
  AuditStepsDecideRole: {
    'AuditStepsDecideLogs.Arn': LOGS,
    'EventStream.Arn': ['kinesis:PutRecords'],
    'EventStreamKey.Arn': ['kms:GenerateDataKey'],
    'TablesDays.Arn': ['dynamodb:GetItem', 'dynamodb:Query'],
    'TablesDays.Arn if day': ['dynamodb:UpdateItem'],
    // Reports, and not the chain of acts.
    'BucketsArchive.Arn/audit/dt=*': ['s3:AbortMultipartUpload', 's3:PutObject'],
    'BucketsQueryResults.Arn': ['s3:ListBucket'],
    'BucketsQueryResults.Arn/work/*': ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    'BucketsQueryResults.Arn/athena/*': ['s3:GetObject'],
    [WORK_GROUP]: ['athena:GetQueryExecution'],
  },
  AuditStepsSnapshotRole: {
    'AuditStepsSnapshotLogs.Arn': LOGS,
    'TablesJournal.Arn': ['dynamodb:Query'],
    'TablesCounters.Arn': ['dynamodb:BatchGetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
    'TablesDays.Arn': ['dynamodb:GetItem'],
    'BucketsQueryResults.Arn/work/*': ['s3:AbortMultipartUpload', 's3:PutObject'],
  },
  // The only one that can write an act.
  AuditStepsSealRole: {
    'AuditStepsSealLogs.Arn': LOGS,
    'TablesJournal.Arn': ['dynamodb:Query'],
    'TablesCounters.Arn': ['dynamodb:PutItem', 'dynamodb:Query'],
    'TablesTotals.Arn': ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    'TablesDays.Arn': ['dynamodb:GetItem', 'dynamodb:Query'],
    'TablesDays.Arn if day': ['dynamodb:ConditionCheckItem', 'dynamodb:UpdateItem'],
    'TablesDays.Arn if act': ['dynamodb:PutItem'],
    'TablesDays.Arn if progress': ['dynamodb:PutItem'],
    'BucketsArchive.Arn': ['s3:ListBucket'],
    'BucketsArchive.Arn/audit/*': ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    'BucketsQueryResults.Arn': ['s3:ListBucket'],
    'BucketsQueryResults.Arn/work/*': ['s3:GetObject'],
    'BucketsQueryResults.Arn/athena/*': ['s3:GetObject'],
    [WORK_GROUP]: ['athena:GetQueryExecution'],
  },
  AuditRole: {
    'AuditStepsDecide.Arn': ['lambda:InvokeFunction'],
    'AuditStepsSnapshot.Arn': ['lambda:InvokeFunction'],
    'AuditStepsSeal.Arn': ['lambda:InvokeFunction'],
    [WORK_GROUP]: ['athena:GetQueryExecution', 'athena:StartQueryExecution', 'athena:StopQueryExecution'],
    [named('athena', 'datacatalog/AwsDataCatalog')]: ['athena:GetDataCatalog'],
    [named('glue', 'catalog')]: READ_CATALOG,
    [named('glue', 'database/default')]: ['glue:GetDatabase'],
    [named('glue', `database/${DATABASE}`)]: READ_CATALOG,
    ...Object.fromEntries(AUDITED.map((name) => [named('glue', `table/${DATABASE}/${name}`), READ_TABLE])),
    'BucketsArchive.Arn': ['s3:GetBucketLocation', 's3:ListBucket'],
    'BucketsArchive.Arn/events/*': ['s3:GetObject'],
    'BucketsArchive.Arn/receipts/*': ['s3:GetObject'],
    'BucketsQueryResults.Arn': ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
    'BucketsQueryResults.Arn/athena/*': USE_RESULTS,
    'BucketsQueryResults.Arn/work/*': USE_RESULTS,
  },
  AuditScheduleRole: {
    AuditStateMachine: ['states:StartExecution'],
    'AuditNotStarted.Arn': ['sqs:SendMessage'],
  },
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
