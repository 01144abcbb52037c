import { PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { JournalName } from '../../core/journal.js';
import type { JournalFilters, StoredFilter } from '../../core/ports.js';
import { JOURNAL_TABLE, journalPartition } from '../../core/table-schema.js';
import { bytes, expirySeconds, integer, readBytes, readInteger, text } from './attributes.js';
import { didWrite } from './conditional-write.js';
import { queryItems } from './query-items.js';
import { writeUnitsOf, type WritePacer } from './write-pacer.js';

const { partitionKey, sortKey } = JOURNAL_TABLE;

/**
 * Filters beside the entries they cover, in the journal's own partition: whoever deletes a journal deletes them too. A filter of
 * entries 1 to n has the number −n: no entry has it, and the one that covers most comes first.
 */
export class DynamoDbJournalFilters implements JournalFilters {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #pacer: WritePacer;

  public constructor(options: { client: DynamoDBClient; tableName: string; pacer: WritePacer }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#pacer = options.pacer;
  }

  public async readFilter(journal: JournalName): Promise<StoredFilter | null> {
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#journal = :journal AND #number < :zero',
      ExpressionAttributeNames: { '#journal': partitionKey.name, '#number': sortKey.name },
      ExpressionAttributeValues: { ':journal': text(journalPartition(journal)), ':zero': integer(0) },
      Limit: 1,
    });
    for await (const item of items)
      return { through: -readInteger(item, sortKey.name), bytes: readBytes(item, JOURNAL_TABLE.filter) };
    return null;
  }

  public async putFilter(journal: JournalName, filter: StoredFilter, expiresAtMs: number): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: {
        [partitionKey.name]: text(journalPartition(journal)),
        [sortKey.name]: integer(-filter.through),
        [JOURNAL_TABLE.filter]: bytes(filter.bytes),
        [JOURNAL_TABLE.expiresAtSeconds]: expirySeconds(expiresAtMs),
      },
      ConditionExpression: 'attribute_not_exists(#number)',
      ExpressionAttributeNames: { '#number': sortKey.name },
    });
    await didWrite(this.#pacer.run(writeUnitsOf(filter.bytes.length), () => this.#client.send(put)));
  }
}
