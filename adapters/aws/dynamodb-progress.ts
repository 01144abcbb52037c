import { PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Freshness } from '../../core/ports.js';
import { COUNTED_PREFIX, DAYS_KIND, DAYS_TABLE, countedName } from '../../core/table-schema.js';
import { integer, readInteger, readText, text } from './attributes.js';
import { didWrite } from './conditional-write.js';
import { queryItems } from './query-items.js';

const { partitionKey, sortKey, countedThroughMs: countedThrough } = DAYS_TABLE;

/**
 * How far counting has come, one item per stripe: written after each batch, read by every query.
 *
 * The answer says what is certain: a stripe that stands still holds it back. Heartbeats keep stripes without events moving.
 */
export class DynamoDbProgress implements Freshness {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #stripeCount: number;

  /** @param options.stripeCount stripes from this one on are of an earlier, larger stream, and are left out. */
  public constructor(options: { client: DynamoDBClient; tableName: string; stripeCount: number }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#stripeCount = options.stripeCount;
  }

  /** Never goes back: a batch that is delivered again, later, says less than what is known. */
  public async record(stripe: number, countedThroughMs: number): Promise<void> {
    const nothingIsKnown = 'attribute_not_exists(#countedThrough)';
    const lessIsKnown = '#countedThrough < :countedThrough';
    const put = new PutItemCommand({
      TableName: this.#tableName,
      Item: {
        [partitionKey.name]: text(DAYS_KIND.progress),
        [sortKey.name]: text(countedName(stripe)),
        [countedThrough]: integer(countedThroughMs),
      },
      ConditionExpression: `${nothingIsKnown} OR ${lessIsKnown}`,
      ExpressionAttributeNames: { '#countedThrough': countedThrough },
      ExpressionAttributeValues: { ':countedThrough': integer(countedThroughMs) },
    });
    await didWrite(this.#client.send(put));
  }

  /** The least of all stripes; 0 before anything was counted. An old answer is a true one, so the read may be eventual. */
  public async countedThroughMs(): Promise<number> {
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#kind = :kind AND begins_with(#name, :prefix)',
      ExpressionAttributeNames: { '#kind': partitionKey.name, '#name': sortKey.name },
      ExpressionAttributeValues: { ':kind': text(DAYS_KIND.progress), ':prefix': text(COUNTED_PREFIX) },
    });
    let least = Number.POSITIVE_INFINITY;
    for await (const item of items) {
      const stripe = Number(readText(item, sortKey.name).slice(COUNTED_PREFIX.length));
      if (stripe < this.#stripeCount) least = Math.min(least, readInteger(item, countedThrough));
    }
    return Number.isFinite(least) ? least : 0;
  }
}
