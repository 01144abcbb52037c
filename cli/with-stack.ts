/** Commands that work on a stack's own tables and bucket. Account, region and credentials are those of the AWS command line. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AuditFiles } from '../core/audit/ports.js';
import { EVIDENCE_PREFIX } from '../core/audit/run.js';
import { CommandError } from './failure.js';

const SETTINGS_REMEDY = 'and its region and credentials by AWS_REGION and AWS_PROFILE';

/** @throws {CommandError} `table_failed`: with DynamoDB's own reason. */
export async function withTable<T>(
  tableName: string,
  work: (client: DynamoDBClient) => Promise<T>,
): Promise<T> {
  // Loaded only here: the SDK would double the time that every other command takes to start.
  const { makeDynamoDbClient } = await import('../adapters/aws/clients.js');
  const client = makeDynamoDbClient();
  try {
    return await work(client);
  } catch (error) {
    throw failed('table_failed', `table ${tableName}`, error, "Name the stack's table");
  } finally {
    client.destroy();
  }
}

/** @throws {CommandError} `bucket_failed`: with S3's own reason. */
export async function withBucket<T>(bucketName: string, work: (files: AuditFiles) => Promise<T>): Promise<T> {
  const { makeS3Client } = await import('../adapters/aws/s3-client.js');
  const { S3AuditFiles } = await import('../adapters/aws/s3-audit-files.js');
  const client = makeS3Client();
  try {
    return await work(new S3AuditFiles({ client, bucketName, prefix: EVIDENCE_PREFIX }));
  } catch (error) {
    throw failed('bucket_failed', `bucket ${bucketName}`, error, "Name the stack's archive");
  } finally {
    client.destroy();
  }
}

function failed(
  code: 'table_failed' | 'bucket_failed',
  place: string,
  error: unknown,
  remedy: string,
): CommandError {
  if (error instanceof CommandError) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new CommandError(code, `${place}: ${reason}. ${remedy}, ${SETTINGS_REMEDY}`);
}
