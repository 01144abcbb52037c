import {
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  paginateScan,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { SCOPES, type KeyRecord, type Scope } from '../../core/keys.js';
import type { KeyStore } from '../../core/ports.js';
import { KEYS_TABLE } from '../../core/table-schema.js';
import { asInteger, integer, list, readInteger, readList, readText, text, type Item } from './attributes.js';
import { didWrite } from './conditional-write.js';

const { partitionKey } = KEYS_TABLE;

/** API keys as items: hashes of secrets, never secrets. */
export class DynamoDbKeys implements KeyStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  public async find(id: string): Promise<KeyRecord | null> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#tableName, Key: keyOf(id) }),
    );
    return Item === undefined ? null : keyRecordOf(Item);
  }

  public async create(key: KeyRecord): Promise<boolean> {
    const idIsFree = 'attribute_not_exists(#id)';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: itemOf(key),
      ConditionExpression: idIsFree,
      ExpressionAttributeNames: { '#id': partitionKey.name },
    });
    return didWrite(this.#client.send(put));
  }

  public async list(): Promise<KeyRecord[]> {
    const keys: KeyRecord[] = [];
    // A scan: keys are few, and only people list them.
    for await (const page of paginateScan({ client: this.#client }, { TableName: this.#tableName })) {
      keys.push(...(page.Items ?? []).map(keyRecordOf));
    }
    return keys.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  public async revoke(id: string, revokedAtMs: number): Promise<boolean> {
    const keyExists = 'attribute_exists(#id)';
    const update = new UpdateItemCommand({
      TableName: this.#tableName,
      Key: keyOf(id),
      UpdateExpression: 'SET revokedAtMs = if_not_exists(revokedAtMs, :revokedAtMs)',
      ConditionExpression: keyExists,
      ExpressionAttributeNames: { '#id': partitionKey.name },
      ExpressionAttributeValues: { ':revokedAtMs': integer(revokedAtMs) },
    });
    return didWrite(this.#client.send(update));
  }
}

const keyOf = (id: string): Item => ({ [partitionKey.name]: text(id) });

const itemOf = (key: KeyRecord): Item => ({
  ...keyOf(key.id),
  secretHash: text(key.secretHash),
  scopes: list(key.scopes.map(text)),
  createdAtMs: integer(key.createdAtMs),
  ...(key.sourcePattern === undefined ? {} : { sourcePattern: text(key.sourcePattern) }),
  ...(key.label === undefined ? {} : { label: text(key.label) }),
  ...(key.revokedAtMs === undefined ? {} : { revokedAtMs: integer(key.revokedAtMs) }),
});

function keyRecordOf(item: Item): KeyRecord {
  const sourcePattern = item['sourcePattern']?.S;
  const label = item['label']?.S;
  const revokedAtMs = asInteger(item['revokedAtMs']);
  return {
    id: readText(item, partitionKey.name),
    secretHash: readText(item, 'secretHash'),
    scopes: readList(item, 'scopes')
      .map(({ S: scope = '' }) => scope)
      .filter(isScope),
    createdAtMs: readInteger(item, 'createdAtMs'),
    ...(sourcePattern === undefined ? {} : { sourcePattern }),
    ...(label === undefined ? {} : { label }),
    ...(revokedAtMs === undefined ? {} : { revokedAtMs }),
  };
}

/** A scope that a newer version wrote gives nothing here. */
const isScope = (scope: string): scope is Scope => SCOPES.some((known) => known === scope);
