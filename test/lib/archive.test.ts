import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Archive } from '../../lib/archive.js';
import { Buckets } from '../../lib/buckets.js';
import { withDefaults } from '../../lib/event-counter-props.js';
import { EventStream } from '../../lib/event-stream.js';
import type { EventCounterProps } from '../../lib/index.js';
import { resourceOf, resourcesOf, synthesisePart } from './synthesised.js';

const FIREHOSE = 'AWS::KinesisFirehose::DeliveryStream';
const BUCKET = 'AWS::S3::Bucket';

const synthesiseBuckets = (props: EventCounterProps = {}): Template =>
  synthesisePart(props, (scope, config) => new Buckets(scope, 'Buckets', config));

const rulesOf = (template: Template, name: string): { Id: string }[] =>
  (
    resourceOf(template, BUCKET, `Buckets${name}`).Properties['LifecycleConfiguration'] as {
      Rules: { Id: string }[];
    }
  ).Rules;

describe('Archive', () => {
  const template = synthesisePart({}, (scope, config) => {
    const { archive: bucket } = new Buckets(scope, 'Buckets', config);
    const eventStream = new EventStream(scope, 'EventStream', config);
    new Archive(scope, 'Archive', { bucket, eventStream, logRetention: config.logRetention });
  });
  const firehoses = ['Events', 'Receipts', 'Rejected'].map((name) => ({
    folder: name.toLowerCase(),
    resource: resourceOf(template, FIREHOSE, `Archive${name}Firehose`),
  }));

  it.each(firehoses)('writes $folder by day and hour of arrival, UTC', ({ folder, resource }) => {
    expect(resource.Properties['ExtendedS3DestinationConfiguration']).toMatchObject({
      Prefix: `${folder}/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/`,
      CustomTimeZone: 'UTC',
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 300 },
    });
  });

  // Records are gzip members already: compressed once more, no reader of `.gz` would find lines in them.
  it.each(firehoses)('does not compress $folder a second time', ({ resource }) => {
    expect(resource.Properties['ExtendedS3DestinationConfiguration']).toMatchObject({
      CompressionFormat: 'UNCOMPRESSED',
      FileExtension: '.ndjson.gz',
    });
  });

  // Required wherever a prefix has expressions, and it must tell the type of the error.
  it.each(firehoses)('keeps what failed of $folder apart', ({ folder, resource }) => {
    const { ErrorOutputPrefix } = resource.Properties['ExtendedS3DestinationConfiguration'] as Record<
      string,
      string
    >;
    expect(ErrorOutputPrefix).toMatch(new RegExp(`^errors/${folder}/!\\{firehose:error-output-type\\}/`));
  });

  it('reads events from the stream, and takes receipts and rejected lines directly, encrypted', () => {
    template.hasResourceProperties(FIREHOSE, {
      DeliveryStreamType: 'KinesisStreamAsSource',
      KinesisStreamSourceConfiguration: Match.anyValue(),
      DeliveryStreamEncryptionConfigurationInput: Match.absent(),
    });
    template.resourcePropertiesCountIs(
      FIREHOSE,
      {
        DeliveryStreamType: 'DirectPut',
        DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
      },
      2,
    );
  });

  it('waits for its permissions before it starts', () => {
    for (const { resource } of firehoses) {
      expect(resource.DependsOn).toContainEqual(expect.stringMatching(/RoleDefaultPolicy/));
    }
  });

  it('can be borrowed by no other account', () => {
    const roles = Object.entries(resourcesOf(template)).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    expect(roles).toHaveLength(3);
    for (const [, { Properties }] of roles) {
      expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [{ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }],
      });
    }
  });

  it('has a metric that names the delivery stream', () => {
    const scope = new Stack();
    const config = withDefaults({});
    const { events } = new Archive(scope, 'Archive', {
      bucket: new Bucket(scope, 'Bucket'),
      eventStream: new EventStream(scope, 'EventStream', config),
      logRetention: config.logRetention,
    });
    expect(Object.keys(events.metricDataFreshnessSecondsMax().dimensions ?? {})).toEqual([
      'DeliveryStreamName',
    ]);
  });
});

describe('Buckets', () => {
  const template = synthesiseBuckets();

  it('are three: private, encrypted, and spoken to by TLS only', () => {
    template.resourceCountIs(BUCKET, 3);
    template.allResourcesProperties(BUCKET, {
      BucketEncryption: { ServerSideEncryptionConfiguration: Match.anyValue() },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    template.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it('let nobody delete from the archive', () => {
    const policy = resourceOf(template, 'AWS::S3::BucketPolicy', 'BucketsArchivePolicy');
    const { Statement } = policy.Properties['PolicyDocument'] as { Statement: { Sid?: string }[] };
    expect(Statement.find(({ Sid }) => Sid === 'OnlyLifecycleDeletes')).toEqual({
      Sid: 'OnlyLifecycleDeletes',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      Resource: {
        'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^TallyBucketsArchive/), 'Arn'] }, '/*']],
      },
    });
  });

  it('outlive the stack', () => {
    template.allResources(BUCKET, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('keep what was overwritten in the archive, and no longer than three months', () => {
    const { VersioningConfiguration } = resourceOf(template, BUCKET, 'BucketsArchive').Properties;
    expect(VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(rulesOf(template, 'Archive')).toContainEqual(
      expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 90 } }),
    );
    const plain = synthesiseBuckets({ isArchiveVersioned: false });
    expect(resourceOf(plain, BUCKET, 'BucketsArchive').Properties).not.toHaveProperty(
      'VersioningConfiguration',
    );
  });

  it('keep the archive for ever, unless told otherwise', () => {
    expect(rulesOf(template, 'Archive').map(({ Id }) => Id)).toEqual(['unfinished-uploads', 'old-versions']);
    const moved = synthesiseBuckets({
      archiveLifecycle: { infrequentAccessAfterDays: 30, archiveTierAfterDays: 90, expireAfterDays: 400 },
    });
    expect(rulesOf(moved, 'Archive')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          Id: 'cheaper-storage',
          Transitions: [
            { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
            // SQL reads this tier as it is; the deeper ones would have to be restored first.
            { StorageClass: 'GLACIER_IR', TransitionInDays: 90 },
          ],
        }),
        expect.objectContaining({ Id: 'expiry', ExpirationInDays: 400 }),
      ]),
    );
  });

  it('go, with what is in them, where that is asked for', () => {
    const disposable = synthesiseBuckets({ removalPolicy: RemovalPolicy.DESTROY });
    disposable.allResources(BUCKET, { DeletionPolicy: 'Delete' });
    disposable.resourceCountIs('Custom::S3AutoDeleteObjects', 3);
    expect(JSON.stringify(disposable.toJSON())).not.toContain('OnlyLifecycleDeletes');
  });

  it('log accesses where they are told to', () => {
    const logged = synthesisePart({}, (scope, config) => {
      const accessLogsBucket = Bucket.fromBucketName(scope, 'Logs', 'all-access-logs');
      new Buckets(scope, 'Buckets', { ...config, accessLogsBucket });
    });
    logged.allResourcesProperties(BUCKET, {
      LoggingConfiguration: { DestinationBucketName: 'all-access-logs', LogFilePrefix: Match.anyValue() },
    });
  });
});
