import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DayRecord, Days } from '../../core/ports.js';
import { DAYS_KIND, DAYS_TABLE, DAY_STATE, SEALED_THROUGH_NAME } from '../../core/table-schema.js';
import type { Day } from '../../core/time.js';
import { integer, readInteger, readText, text, type Item } from './attributes.js';
import { didWrite } from './conditional-write.js';

const { partitionKey, sortKey } = DAYS_TABLE;

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
    const item = await this.#get({ kind: DAYS_KIND.day, name: day });
    return item === undefined ? null : dayRecordOf(item);
  }

  public async sealedThrough(): Promise<Day | null> {
    const item = await this.#get({ kind: DAYS_KIND.progress, name: SEALED_THROUGH_NAME });
    return item === undefined ? null : readText(item, DAYS_TABLE.day);
  }

  async #get(key: DaysKey): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      // A day that was just sealed must not look open.
      new GetItemCommand({ TableName: this.#tableName, Key: keyOf(key), ConsistentRead: true }),
    );
    return Item;
  }

  /** Whoever comes first fixes the expiry; all others get what was fixed. */
  async #create(day: Day, expiresAtMs: number): Promise<DayRecord> {
    const dayIsUnknown = 'attribute_not_exists(#name)';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: {
        ...keyOf({ kind: DAYS_KIND.day, name: day }),
        [DAYS_TABLE.state]: text(DAY_STATE.open),
        [DAYS_TABLE.expiresAtMs]: integer(expiresAtMs),
      },
      ConditionExpression: dayIsUnknown,
      ExpressionAttributeNames: { '#name': sortKey.name },
    });
    if (await didWrite(this.#client.send(put))) return { day, isSealed: false, expiresAtMs };
    const existing = await this.find(day);
    if (existing === null) throw new Error(`day ${day} vanished while it was opened`);
    return existing;
  }
}

interface DaysKey {
  readonly kind: string;
  readonly name: string;
}

const keyOf = ({ kind, name }: DaysKey): Item => ({
  [partitionKey.name]: text(kind),
  [sortKey.name]: text(name),
});

const dayRecordOf = (item: Item): DayRecord => ({
  day: readText(item, sortKey.name),
  isSealed: readText(item, DAYS_TABLE.state) === DAY_STATE.sealed,
  expiresAtMs: readInteger(item, DAYS_TABLE.expiresAtMs),
});
