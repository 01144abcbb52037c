import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { IngestGate } from '../../core/ingest-gate.js';
import { DAYS_KIND, DAYS_TABLE, INGEST_OPEN_NAME } from '../../core/table-schema.js';
import { integer, text, type Item } from './attributes.js';

const KEY: Item = {
  [DAYS_TABLE.partitionKey.name]: text(DAYS_KIND.progress),
  [DAYS_TABLE.sortKey.name]: text(INGEST_OPEN_NAME),
};

/** Open is: the item exists. It outlives deployments, and with the data the stack. */
export class DynamoDbIngestGate implements IngestGate {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  /** Eventually consistent: an old answer says "closed", and who was told so comes again. */
  public async isOpen(): Promise<boolean> {
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#tableName, Key: KEY }));
    return Item !== undefined;
  }

  public async open(nowMs: number): Promise<void> {
    const Item = { ...KEY, [DAYS_TABLE.openedAtMs]: integer(nowMs) };
    await this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item }));
  }
}
