import { existsSync } from 'node:fs';
import { LmdbKeys } from '../adapters/embedded/lmdb-keys.js';
import { openCountData } from '../adapters/embedded/open-data.js';
import type { KeyStore } from '../core/ports.js';
import { CommandError } from './failure.js';
import type { Io } from './io.js';
import { dataDirectoryOf, type GlobalFlags } from './settings.js';
import { withTable } from './with-stack.js';

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

async function inTable<T>(tableName: string, work: Work<T>): Promise<T> {
  const { DynamoDbKeys } = await import('../adapters/aws/dynamodb-keys.js');
  return withTable(tableName, (client) => work(new DynamoDbKeys({ client, tableName })));
}
