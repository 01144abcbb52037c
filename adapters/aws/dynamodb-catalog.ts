import {
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { CatalogEntry, CatalogMetadata } from '../../core/catalog.js';
import { forEachSettled } from '../../core/for-each-settled.js';
import type { Catalog } from '../../core/ports.js';
import { CATALOG_TABLE } from '../../core/table-schema.js';
import { integer, readInteger, readText, text, type Item } from './attributes.js';
import { batchGet } from './batch-get.js';
import { didWrite } from './conditional-write.js';
import { queryItems } from './query-items.js';

const { partitionKey, sortKey, partition } = CATALOG_TABLE;

const METADATA_NAMES = [
  'displayName',
  'unit',
  'description',
  'owner',
] as const satisfies (keyof CatalogMetadata)[];

const REGISTER_CONCURRENCY = 16;

/** Types as items of one partition, so that they list in the order of their names. */
export class DynamoDbCatalog implements Catalog {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  public async register(types: readonly string[], firstSeenAtMs: number): Promise<void> {
    // Asking first: a conditional put that fails costs as much as one that writes, and nearly all types are known.
    const known = await batchGet(this.#client, {
      tableName: this.#tableName,
      keys: unique(types).map(keyOf),
    });
    const knownTypes = new Set(known.map((item) => readText(item, sortKey.name)));
    const newTypes = unique(types).filter((type) => !knownTypes.has(type));
    await forEachSettled(newTypes, REGISTER_CONCURRENCY, (type) => this.#registerNew(type, firstSeenAtMs));
  }

  public async find(type: string): Promise<CatalogEntry | null> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#tableName, Key: keyOf(type) }),
    );
    return Item === undefined ? null : catalogEntryOf(Item);
  }

  public async list({ after, limit }: { after: string | null; limit: number }): Promise<CatalogEntry[]> {
    const entries: CatalogEntry[] = [];
    for await (const item of this.#typesAfter(after, limit)) {
      entries.push(catalogEntryOf(item));
      if (entries.length === limit) break;
    }
    return entries;
  }

  public async describe(type: string, metadata: CatalogMetadata, nowMs: number): Promise<CatalogEntry> {
    const { Attributes = {} } = await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#tableName,
        Key: keyOf(type),
        ...describeUpdateOf(metadata, nowMs),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return catalogEntryOf(Attributes);
  }

  async #registerNew(type: string, firstSeenAtMs: number): Promise<void> {
    const typeIsUnknown = 'attribute_not_exists(#type)';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...keyOf(type), firstSeenAtMs: integer(firstSeenAtMs) },
      ConditionExpression: typeIsUnknown,
      ExpressionAttributeNames: { '#type': sortKey.name },
    });
    await didWrite(this.#client.send(put));
  }

  #typesAfter(after: string | null, limit: number): AsyncIterable<Item> {
    const isOfCatalog = '#kind = :kind';
    const comesAfter = '#type > :after';
    return queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: after === null ? isOfCatalog : `${isOfCatalog} AND ${comesAfter}`,
      ExpressionAttributeNames: {
        '#kind': partitionKey.name,
        ...(after === null ? {} : { '#type': sortKey.name }),
      },
      ExpressionAttributeValues: {
        ':kind': text(partition),
        ...(after === null ? {} : { ':after': text(after) }),
      },
      Limit: limit,
    });
  }
}

const unique = (types: readonly string[]): string[] => [...new Set(types)];

const keyOf = (type: string): Item => ({
  [partitionKey.name]: text(partition),
  [sortKey.name]: text(type),
});

/** What is given is set, the empty string erases, what is absent stays. */
function describeUpdateOf(metadata: CatalogMetadata, nowMs: number) {
  const given = METADATA_NAMES.filter((name) => metadata[name] !== undefined);
  const set = given.filter((name) => metadata[name] !== '');
  const erased = given.filter((name) => metadata[name] === '');
  const sets = [
    '#firstSeenAtMs = if_not_exists(#firstSeenAtMs, :nowMs)',
    ...set.map((name) => `#${name} = :${name}`),
  ];
  return {
    UpdateExpression:
      `SET ${sets.join(', ')}` +
      (erased.length === 0 ? '' : ` REMOVE ${erased.map((name) => `#${name}`).join(', ')}`),
    ExpressionAttributeNames: Object.fromEntries(
      ['firstSeenAtMs', ...given].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: Object.fromEntries([
      [':nowMs', integer(nowMs)],
      ...set.map((name): [string, AttributeValue] => [`:${name}`, text(metadata[name] ?? '')]),
    ]),
  };
}

const catalogEntryOf = (item: Item): CatalogEntry => ({
  type: readText(item, sortKey.name),
  firstSeenAtMs: readInteger(item, 'firstSeenAtMs'),
  ...Object.fromEntries(
    METADATA_NAMES.flatMap((name) => (item[name]?.S === undefined ? [] : [[name, item[name].S]])),
  ),
});
