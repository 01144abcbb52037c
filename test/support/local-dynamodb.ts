import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import {
  CATALOG_TABLE,
  COUNTERS_TABLE,
  DAYS_TABLE,
  JOURNAL_TABLE,
  KEYS_TABLE,
  TOTALS_TABLE,
} from '../../core/table-schema.js';
import { makeDynamoDbClient } from '../../adapters/aws/clients.js';
import { withTransactions } from './dynalite-transactions.js';
import { useLocalAws } from './local-aws-environment.js';
import { listenLocally, type LocalServer } from './local-server.js';

/** DynamoDB in this process, or the engine that `TALLY_TEST_DYNAMODB_URL` names. */
export async function startDynamoDb(): Promise<LocalServer> {
  const url = process.env['TALLY_TEST_DYNAMODB_URL'];
  if (url !== undefined) return { url, close: () => Promise.resolve() };
  return listenLocally(withTransactions(dynalite({ createTableMs: 0, deleteTableMs: 0 })));
}

/** The client that the Lambdas use, pointed at a local engine. */
export function dynamoDbClientAt(url: string): DynamoDBClient {
  useLocalAws({ AWS_ENDPOINT_URL_DYNAMODB: url });
  return makeDynamoDbClient();
}

const SCHEMAS = {
  journal: JOURNAL_TABLE,
  counters: COUNTERS_TABLE,
  totals: TOTALS_TABLE,
  days: DAYS_TABLE,
  catalog: CATALOG_TABLE,
  keys: KEYS_TABLE,
};

export type TableNames = Readonly<Record<keyof typeof SCHEMAS, string>>;

let tablesMadeCount = 0;

/** Tables of the product, empty, under names that no other call gets. */
export async function createTables(
  client: DynamoDBClient,
  tables: readonly (keyof TableNames)[] = Object.keys(SCHEMAS) as (keyof TableNames)[],
): Promise<TableNames> {
  const prefix = `t${process.pid}-${++tablesMadeCount}-`;
  const create = async (table: keyof TableNames): Promise<[string, string]> => {
    const schema = SCHEMAS[table];
    const keys = [
      { ...schema.partitionKey, keyType: 'HASH' as const },
      ...('sortKey' in schema ? [{ ...schema.sortKey, keyType: 'RANGE' as const }] : []),
    ];
    await client.send(
      new CreateTableCommand({
        TableName: prefix + table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: keys.map(({ name, keyType }) => ({ AttributeName: name, KeyType: keyType })),
      }),
    );
    return [table, prefix + table];
  };
  return Object.fromEntries(await Promise.all(tables.map(create))) as TableNames;
}
