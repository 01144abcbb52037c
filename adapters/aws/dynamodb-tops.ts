import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Fence, TopReader, TopSubject } from '../../core/audit/ports.js';
import { TOTALS_TABLE, topPartition, topSort } from '../../core/table-schema.js';
import type { Day } from '../../core/time.js';
import { integer, readText, text, type Item } from './attributes.js';
import { DynamoDbLedger } from './dynamodb-ledger.js';
import { totalsKey } from './dynamodb-totals.js';

/** The top subjects of sealed days: an item for each type and day, beside the totals. */
export class DynamoDbTops implements TopReader {
  readonly #client: DynamoDBClient;
  readonly #totalsTable: string;
  readonly #ledger: DynamoDbLedger;

  public constructor(options: { client: DynamoDBClient; totalsTable: string; daysTable: string }) {
    this.#client = options.client;
    this.#totalsTable = options.totalsTable;
    this.#ledger = new DynamoDbLedger({ client: options.client, tableName: options.daysTable });
  }

  /** The run that sealed a day is its newest. */
  public async readTop(type: string, day: Day): Promise<TopSubject[] | null> {
    const [state] = await this.#ledger.listDays({ fromDay: day, toDay: day });
    if (state?.isSealed !== true) return null;
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#totalsTable,
        Key: topKey(type, state),
        ConsistentRead: true,
      }),
    );
    if (Item === undefined) return [];
    const subjects = JSON.parse(readText(Item, TOTALS_TABLE.subjects)) as FlatSubject[];
    return subjects.map(([subject, value, events]) => ({ subject, value, events }));
  }
}

type FlatSubject = readonly [subject: string, value: number, events: number];

const topKey = (type: string, { day, runNumber }: Fence): Item =>
  totalsKey(topPartition(type), topSort(day, runNumber));

export const topItem = (
  fence: Fence,
  { type, subjects }: { type: string; subjects: readonly TopSubject[] },
): Item => ({
  ...topKey(type, fence),
  [TOTALS_TABLE.runNumber]: integer(fence.runNumber),
  [TOTALS_TABLE.subjects]: text(
    JSON.stringify(subjects.map(({ subject, value, events }): FlatSubject => [subject, value, events])),
  ),
});
