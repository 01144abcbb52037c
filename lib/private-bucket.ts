import type { RemovalPolicy } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  type BucketProps,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps extends BucketProps {
  readonly accessLogsBucket?: IBucket;
  readonly removalPolicy: RemovalPolicy;
}

/** A bucket as all of Tally's are: encrypted, for nobody but whom its policy names, and never in plain text over the wire. */
export class PrivateBucket extends Bucket {
  public constructor(scope: Construct, id: string, { accessLogsBucket, ...props }: PrivateBucketProps) {
    const unfinished = { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) };
    super(scope, id, {
      ...props,
      lifecycleRules: [unfinished, ...(props.lifecycleRules ?? [])],
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: accessLogsBucket,
      serverAccessLogsPrefix: accessLogsBucket && `${id.toLowerCase()}/`,
    });
  }
}
