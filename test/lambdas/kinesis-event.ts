import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';

const STREAM_ARN = 'arn:aws:kinesis:eu-central-1:123456789012:stream/tally';

/** A batch as Lambda's event source mapping hands it over. */
export const kinesisEvent = (shardId: string, records: readonly KinesisRecord[]): KinesisStreamEvent => ({
  Records: records.map((record) => ({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.PartitionKey ?? '',
      sequenceNumber: record.SequenceNumber ?? '',
      data: Buffer.from(record.Data ?? []).toString('base64'),
      // Lambda gives seconds, with a fraction.
      approximateArrivalTimestamp: (record.ApproximateArrivalTimestamp?.getTime() ?? 0) / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${record.SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/count',
    awsRegion: 'eu-central-1',
    eventSourceARN: STREAM_ARN,
  })),
});
