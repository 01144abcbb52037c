import {
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { SettingsStore } from '../../core/ports.js';
import type { LatenessFrom, Settings } from '../../core/settings.js';
import { DAYS_KIND, DAYS_TABLE, SETTINGS_NAME, SETTINGS_ITEM } from '../../core/table-schema.js';
import { integer, readInteger, readText, text, type Item } from './attributes.js';
import { didWrite } from './conditional-write.js';

const { partitionKey, sortKey } = DAYS_TABLE;

const KEY: Item = {
  [partitionKey.name]: text(DAYS_KIND.settings),
  [sortKey.name]: text(SETTINGS_NAME),
};

/** The settings that are data: one item, beside the days. */
export class DynamoDbSettings implements SettingsStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  public async read(): Promise<Settings | null> {
    const { Item } = await this.#client.send(
      // Read right after it was created or found to exist: it must be seen.
      new GetItemCommand({ TableName: this.#tableName, Key: KEY, ConsistentRead: true }),
    );
    return Item === undefined ? null : settingsOf(Item);
  }

  public async create(settings: Settings): Promise<boolean> {
    const noSettingsExist = 'attribute_not_exists(#kind)';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...KEY, ...attributesOf(settings) },
      ConditionExpression: noSettingsExist,
      ExpressionAttributeNames: { '#kind': partitionKey.name },
    });
    return didWrite(this.#client.send(put));
  }

  public async replace(expected: Settings, next: Settings): Promise<boolean> {
    const names = Object.values(SETTINGS_ITEM);
    const everyAttributeIsAsExpected = names.map((name) => `#${name} = :${name}`).join(' AND ');
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...KEY, ...attributesOf(next) },
      ConditionExpression: everyAttributeIsAsExpected,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(attributesOf(expected)).map(([name, value]) => [`:${name}`, value]),
      ),
    });
    return didWrite(this.#client.send(put));
  }
}

const attributesOf = (settings: Settings): Item => ({
  [SETTINGS_ITEM.formatVersion]: integer(settings.formatVersion),
  [SETTINGS_ITEM.laneCount]: integer(settings.laneCount),
  [SETTINGS_ITEM.sliceMs]: integer(settings.sliceMs),
  [SETTINGS_ITEM.lateness]: encodeLateness(settings.lateness),
});

const settingsOf = (item: Item): Settings => ({
  formatVersion: readInteger(item, SETTINGS_ITEM.formatVersion),
  laneCount: readInteger(item, SETTINGS_ITEM.laneCount),
  sliceMs: readInteger(item, SETTINGS_ITEM.sliceMs),
  lateness: decodeLateness(readText(item, SETTINGS_ITEM.lateness)),
});

/** As text, always in the same form: a condition compares it whole, and not every engine compares nested values. */
const encodeLateness = (lateness: readonly LatenessFrom[]): AttributeValue =>
  text(JSON.stringify(lateness.map(({ fromDay, latenessMs }) => ({ fromDay, latenessMs }))));

const decodeLateness = (encoded: string): LatenessFrom[] => JSON.parse(encoded) as LatenessFrom[];
