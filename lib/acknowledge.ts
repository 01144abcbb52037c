import { Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Tell cdk-nag, in whatever app runs it, why a finding is meant. Give the reason a reviewer would ask for. */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}

/** cdk-nag finds every `*` in a policy: here it stands for the objects of one folder of one bucket. */
export const acknowledgeFolder = (construct: IConstruct, bucket: Bucket, folder: string): void => {
  acknowledgeObjects(construct, bucket, `${folder}/*`);
};

/** The same for objects whose names begin alike. */
export function acknowledgeObjects(construct: IConstruct, bucket: Bucket, pattern: string): void {
  const bucketId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  acknowledge(
    construct,
    `IAM5[Resource::<${bucketId}.Arn>/${pattern}]`,
    'Objects are named when they are written; the folder is the narrowest resource there is.',
  );
}
