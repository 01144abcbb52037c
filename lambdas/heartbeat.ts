/** The Lambda *heartbeat*: each minute, a control line through every stripe; and ingest is opened once they come out. */
import { makeDynamoDbClient, makeKinesisClient } from '../adapters/aws/clients.js';
import { DynamoDbIngestGate } from '../adapters/aws/dynamodb-ingest-gate.js';
import { KinesisStream } from '../adapters/aws/kinesis-stream.js';
import { makeS3Client } from '../adapters/aws/s3-client.js';
import { S3RecentArchive } from '../adapters/aws/s3-recent-archive.js';
import { ENV } from '../core/env-names.js';
import { makeBeat } from '../core/ingest-gate.js';
import { requireEnv, requireIntegerEnv } from './environment.js';
import { makeSystemClock } from './system-clock.js';

const stripeCount = requireIntegerEnv(ENV.stripeCount);

/** What fails is tried again by the next minute's, and counted by Lambda's own metric of errors. */
export const handler: () => Promise<void> = makeBeat({
  stream: new KinesisStream({
    client: makeKinesisClient(),
    streamName: requireEnv(ENV.stream),
    laneCount: requireIntegerEnv(ENV.laneCount),
    stripeCount,
  }),
  gate: new DynamoDbIngestGate({ client: makeDynamoDbClient(), tableName: requireEnv(ENV.daysTable) }),
  archive: new S3RecentArchive({ client: makeS3Client(), bucketName: requireEnv(ENV.archiveBucket) }),
  clock: makeSystemClock(),
  stripeCount,
});
