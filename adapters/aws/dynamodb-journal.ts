import { PutItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  entryBytes,
  type Entry,
  type Increment,
  type JournalName,
  type NumberedEntry,
} from '../../core/journal.js';
import type { AppendOutcome, JournalStore } from '../../core/ports.js';
import { JOURNAL_TABLE, journalPartition } from '../../core/table-schema.js';
import {
  asInteger,
  bytes,
  expirySeconds,
  integer,
  list,
  readBytes,
  readInteger,
  readList,
  text,
  type Item,
} from './attributes.js';
import { didWrite } from './conditional-write.js';
import { queryItems } from './query-items.js';
import { writeUnitsOf, type WritePacer } from './write-pacer.js';

const { partitionKey, sortKey } = JOURNAL_TABLE;

/** Journals as items: the partition is the journal, the sort key the entry's number. */
export class DynamoDbJournal implements JournalStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #pacer: WritePacer;

  public constructor(options: { client: DynamoDBClient; tableName: string; pacer: WritePacer }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#pacer = options.pacer;
  }

  public readAfter(journal: JournalName, afterNumber: number): Promise<NumberedEntry[]> {
    return this.#read(journal, '#number > :number', afterNumber);
  }

  public async find(journal: JournalName, number: number): Promise<NumberedEntry | null> {
    const [entry] = await this.#read(journal, '#number = :number', number);
    return entry ?? null;
  }

  async #read(journal: JournalName, which: string, number: number): Promise<NumberedEntry[]> {
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: `#journal = :journal AND ${which}`,
      ExpressionAttributeNames: { '#journal': partitionKey.name, '#number': sortKey.name },
      ExpressionAttributeValues: { ':journal': text(journalPartition(journal)), ':number': integer(number) },
      // An entry that is missed here would be taken for one that does not exist.
      ConsistentRead: true,
    });
    const entries: NumberedEntry[] = [];
    for await (const item of items) entries.push(entryOf(item));
    return entries;
  }

  public async append(
    journal: JournalName,
    number: number,
    entry: Entry,
    expiresAtMs: number,
  ): Promise<AppendOutcome> {
    // The one point where events become counted: of all workers that try, one creates the entry.
    const entryDoesNotExist = 'attribute_not_exists(#number)';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: itemOf(journal, number, entry, expiresAtMs),
      ConditionExpression: entryDoesNotExist,
      ExpressionAttributeNames: { '#number': sortKey.name },
    });
    const write = this.#pacer.run(writeUnitsOf(entryBytes(entry)), () => this.#client.send(put));
    return (await didWrite(write)) ? 'appended' : 'exists';
  }
}

const itemOf = (journal: JournalName, number: number, entry: Entry, expiresAtMs: number): Item => ({
  [partitionKey.name]: text(journalPartition(journal)),
  [sortKey.name]: integer(number),
  [JOURNAL_TABLE.ids]: bytes(entry.ids),
  [JOURNAL_TABLE.increments]: list(entry.increments.map(encodeIncrement)),
  [JOURNAL_TABLE.eventCount]: integer(entry.eventCount),
  [JOURNAL_TABLE.expiresAtSeconds]: expirySeconds(expiresAtMs),
});

const entryOf = (item: Item): NumberedEntry => ({
  number: readInteger(item, sortKey.name),
  ids: readBytes(item, JOURNAL_TABLE.ids),
  increments: readList(item, JOURNAL_TABLE.increments).map(decodeIncrement),
  eventCount: readInteger(item, JOURNAL_TABLE.eventCount),
});

/** One flat list, `[counter, minute, value, events, minute, value, events, …]`: names would cost more than what they name. */
const encodeIncrement = ({ counter, minutes }: Increment): AttributeValue =>
  list([
    text(counter),
    ...minutes.flatMap(({ minute, value, events }) => [integer(minute), integer(value), integer(events)]),
  ]);

const FIELDS_PER_MINUTE = 3;

function decodeIncrement(encoded: AttributeValue): Increment {
  const [counter, ...numbers] = encoded.L ?? [];
  const fields = numbers.map(asInteger);
  const isWhole = fields.length % FIELDS_PER_MINUTE === 0 && !fields.includes(undefined);
  if (counter?.S === undefined || !isWhole) {
    throw new Error(
      `a stored increment is ${JSON.stringify(encoded)}; expected a counter and three numbers per minute`,
    );
  }
  const minutes = [];
  for (let at = 0; at < fields.length; at += FIELDS_PER_MINUTE) {
    const [minute = 0, value = 0, events = 0] = fields.slice(at, at + FIELDS_PER_MINUTE);
    minutes.push({ minute, value, events });
  }
  return { counter: counter.S, minutes };
}
