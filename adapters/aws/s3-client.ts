import { S3Client } from '@aws-sdk/client-s3';
import { makeHttpHandler } from './clients.js';

/** Apart from the other clients, so that the Lambdas that don't talk to S3 don't carry its code. */
export const makeS3Client = (): S3Client =>
  new S3Client({
    maxAttempts: 3,
    requestHandler: makeHttpHandler({ requestTimeoutMs: 10_000, socketsMax: 16 }),
  });
