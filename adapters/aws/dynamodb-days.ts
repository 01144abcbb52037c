import { GetItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DayRecord, Days } from '../../core/ports.js';
import { DAYS_KIND, DAYS_TABLE, DAY_STATE, SEALED_THROUGH_NAME } from '../../core/table-schema.js';
import type { Day } from '../../core/time.js';
import { integer, readInteger, readText, text, type Item } from './attributes.js';
import { daysKey } from './days-item.js';

const { sortKey } = DAYS_TABLE;

/** Days as items of kind `day`, named by their day. */
export class DynamoDbDays implements Days {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  public async open(day: Day, expiresAtMs: number): Promise<DayRecord> {
    // Finding first: a day is opened once and looked up by every batch, and a write costs five reads.
    return (await this.find(day)) ?? (await this.#create(day, expiresAtMs));
  }

  public async find(day: Day): Promise<DayRecord | null> {
    const item = await this.#get(daysKey(DAYS_KIND.day, day));
    return item === undefined ? null : dayRecordOf(item);
  }

  public async sealedThrough(): Promise<Day | null> {
    const item = await this.#get(daysKey(DAYS_KIND.progress, SEALED_THROUGH_NAME));
    return item === undefined ? null : readText(item, DAYS_TABLE.day);
  }

  async #get(key: Item): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      // A day that was just sealed must not look open.
      new GetItemCommand({ TableName: this.#tableName, Key: key, ConsistentRead: true }),
    );
    return Item;
  }

  /** Whoever comes first fixes the expiry; all others get what was fixed. */
  async #create(day: Day, expiresAtMs: number): Promise<DayRecord> {
    const { Attributes = {} } = await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#tableName,
        Key: daysKey(DAYS_KIND.day, day),
        UpdateExpression:
          'SET #state = if_not_exists(#state, :open), #expiresAtMs = if_not_exists(#expiresAtMs, :expiresAtMs)',
        ExpressionAttributeNames: { '#state': DAYS_TABLE.state, '#expiresAtMs': DAYS_TABLE.expiresAtMs },
        ExpressionAttributeValues: { ':open': text(DAY_STATE.open), ':expiresAtMs': integer(expiresAtMs) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return dayRecordOf(Attributes);
  }
}

const dayRecordOf = (item: Item): DayRecord => ({
  day: readText(item, sortKey.name),
  isSealed: readText(item, DAYS_TABLE.state) === DAY_STATE.sealed,
  expiresAtMs: readInteger(item, DAYS_TABLE.expiresAtMs),
});
