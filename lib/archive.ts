import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENV } from '../core/env-names.js';
import { acknowledgeFolder } from './acknowledge.js';
import { allow } from './allow.js';
import { Delivery } from './delivery.js';
import type { EventStream } from './event-stream.js';

export interface ArchiveProps {
  readonly bucket: Bucket;
  readonly eventStream: EventStream;
  readonly logRetention: RetentionDays;
}

/**
 * The second witness: every event as it came, kept in files by date, and what ingest said it had put in.
 *
 * Firehose reads the stream from the moment it is ready, not from its beginning, so what came before never reaches a file.
 */
export class Archive extends Construct {
  public readonly bucket: Bucket;
  /** Everything that went through the stream. */
  public readonly events: Delivery;
  /** One line per request: what it put in, by chunk. */
  public readonly receipts: Delivery;
  /** What counting could not count, with its reason. */
  public readonly rejected: Delivery;

  public constructor(scope: Construct, id: string, props: ArchiveProps) {
    super(scope, id);
    const { bucket, logRetention } = props;
    this.bucket = bucket;
    this.events = new Delivery(this, 'Events', {
      bucket,
      logRetention,
      folder: 'events',
      source: props.eventStream,
    });
    this.receipts = new Delivery(this, 'Receipts', { bucket, logRetention, folder: 'receipts' });
    this.rejected = new Delivery(this, 'Rejected', { bucket, logRetention, folder: 'rejected' });
  }

  /** List and read the events' files. It can't write any: the archive has one writer. */
  public bindRecentReader(reader: LambdaFunction): void {
    reader.addEnvironment(ENV.archiveBucket, this.bucket.bucketName);
    reader.addToRolePolicy(allow(['s3:ListBucket'], [this.bucket.bucketArn]));
    reader.addToRolePolicy(allow(['s3:GetObject'], [this.bucket.arnForObjects('events/*')]));
    // The role stands beside its function, not in it.
    acknowledgeFolder(reader.role ?? reader, this.bucket, 'events');
  }

  public bindReceiptWriter(writer: LambdaFunction): void {
    this.receipts.bindWriter(writer, ENV.receiptsStream);
  }

  public bindRejectedWriter(writer: LambdaFunction): void {
    this.rejected.bindWriter(writer, ENV.rejectedStream);
  }
}
