import { existsSync } from 'node:fs';
import { LmdbKeys } from '../adapters/embedded/lmdb-keys.js';
import { openCountData } from '../adapters/embedded/open-data.js';
import type { KeyStore } from '../core/ports.js';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';

/** Which keys a command works on. */
export interface KeyPlaceFlags extends GlobalFlags {
  /** A DynamoDB table. Absent: the data directory. */
  readonly table?: string;
}

type Work<T> = (store: KeyStore) => Promise<T>;

/** A first key may come before the first start; what lists or revokes on data that is not there has the wrong place. */
export function withKeys<T>(
  flags: KeyPlaceFlags,
  io: Io,
  { mayCreate }: { mayCreate: boolean },
  work: Work<T>,
): Promise<T> {
  if (flags.table !== undefined) return inTable(flags.table, work);
  const directory = dataDirectoryOf(flags, io);
  if (mayCreate || existsSync(directory)) return inDirectory(directory, work);
  throw new CommandError(
    'data_missing',
    `there is no data in ${directory}: name it with --data or TALLY_DATA, or a stack's table with --table`,
  );
}

async function inDirectory<T>(directory: string, work: Work<T>): Promise<T> {
  const data = openCountData(directory);
  try {
    return await work(new LmdbKeys(data));
  } finally {
    await data.environment.close();
  }
}

/** Account, region and credentials are those of the AWS command line. */
async function inTable<T>(tableName: string, work: Work<T>): Promise<T> {
  // Loaded only here: the SDK would double the time that every other command takes to start.
  const { makeDynamoDbClient } = await import('../adapters/aws/clients.js');
  const { DynamoDbKeys } = await import('../adapters/aws/dynamodb-keys.js');
  const client = makeDynamoDbClient();
  try {
    return await work(new DynamoDbKeys({ client, tableName }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      'table_failed',
      `table ${tableName}: ${reason}. Name the stack's table, and its region and credentials by AWS_REGION and AWS_PROFILE`,
    );
  } finally {
    client.destroy();
  }
}
