import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StorageClass, type Bucket, type BucketProps, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.js';
import type { ArchiveLifecycle, EventCounterConfig } from './event-counter-props.js';
import { PrivateBucket } from './private-bucket.js';

export type BucketsProps = Pick<
  EventCounterConfig,
  'isArchiveVersioned' | 'archiveLifecycle' | 'accessLogsBucket' | 'removalPolicy'
>;

const FAILURES_KEPT_DAYS = 400;
const QUERY_RESULTS_KEPT_DAYS = 30;
/** What an overwrite left behind: kept long enough to notice. */
const OLD_VERSIONS_KEPT_DAYS = 90;

/** Three buckets, apart because they are read and kept by different rules. */
export class Buckets extends Construct {
  /** Every event, receipt and rejected line. Nothing but its lifecycle deletes from it. */
  public readonly archive: Bucket;
  /** Batches that counting gave up on, with their payload. */
  public readonly failures: Bucket;
  /** What SQL answered. Made again by asking again. */
  public readonly queryResults: Bucket;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: BucketsProps,
  ) {
    super(scope, id);
    this.archive = this.makeBucket('Archive', {
      versioned: props.isArchiveVersioned,
      lifecycleRules: archiveRules(props.archiveLifecycle),
    });
    if (!props.accessLogsBucket) {
      acknowledge(
        this,
        'S1',
        'Access logs go where `accessLogsBucket` says; a default would be one bucket more to keep.',
      );
    }
    if (!this.isDisposable) denyDeletion(this.archive);
    this.failures = this.makeBucket('Failures', { lifecycleRules: [expiry(FAILURES_KEPT_DAYS)] });
    this.queryResults = this.makeBucket('QueryResults', {
      lifecycleRules: [expiry(QUERY_RESULTS_KEPT_DAYS)],
    });
  }

  private get isDisposable(): boolean {
    return this.props.removalPolicy === RemovalPolicy.DESTROY;
  }

  private makeBucket(id: string, props: BucketProps): Bucket {
    const { accessLogsBucket, removalPolicy } = this.props;
    return new PrivateBucket(this, id, {
      ...props,
      accessLogsBucket,
      removalPolicy,
      autoDeleteObjects: this.isDisposable,
    });
  }
}

const expiry = (days: number): LifecycleRule => ({ id: 'expiry', expiration: Duration.days(days) });

/** Only what the props ask for; old versions go in any case. */
function archiveRules(lifecycle: ArchiveLifecycle): LifecycleRule[] {
  const { infrequentAccessAfterDays, archiveTierAfterDays, expireAfterDays } = lifecycle;
  const transitions = [
    transition(StorageClass.INFREQUENT_ACCESS, infrequentAccessAfterDays),
    // Instant retrieval: the slower tiers would make the SQL of an audit fail.
    transition(StorageClass.GLACIER_INSTANT_RETRIEVAL, archiveTierAfterDays),
  ].flat();
  return [
    { id: 'old-versions', noncurrentVersionExpiration: Duration.days(OLD_VERSIONS_KEPT_DAYS) },
    ...(transitions.length > 0 ? [{ id: 'cheaper-storage', transitions }] : []),
    ...(expireAfterDays === undefined ? [] : [expiry(expireAfterDays)]),
  ];
}

const transition = (storageClass: StorageClass, afterDays: number | undefined) =>
  afterDays === undefined ? [] : [{ storageClass, transitionAfter: Duration.days(afterDays) }];

/** Lifecycle rules are S3's own doing and not bound by bucket policies; everybody else is, the account's admins too. */
function denyDeletion(bucket: Bucket): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OnlyLifecycleDeletes',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: [bucket.arnForObjects('*')],
    }),
  );
}
