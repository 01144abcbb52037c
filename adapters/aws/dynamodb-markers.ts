import { PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Marker } from '../../core/audit/marker.js';
import type { MarkerLog, MarkerProgress } from '../../core/audit/ports.js';
import { DAYS_KIND, DAYS_TABLE, markerName, markerPrefix } from '../../core/table-schema.js';
import type { Day } from '../../core/time.js';
import { readText, text } from './attributes.js';
import { daysKey } from './days-item.js';
import { queryItems } from './query-items.js';

const { partitionKey, sortKey } = DAYS_TABLE;

/** The markers that counting has passed: an item each, of kind `progress`, beside the days. */
export class DynamoDbMarkers implements MarkerLog, MarkerProgress {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  public constructor(options: { client: DynamoDBClient; tableName: string }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
  }

  /** One after the other: a batch has one of a stripe in a night, and a backlog of nights has few. */
  public async markersPassed(markers: readonly Marker[]): Promise<void> {
    for (const { day, stripe } of markers) {
      const Item = daysKey(DAYS_KIND.progress, markerName(day, stripe));
      await this.#client.send(new PutItemCommand({ TableName: this.#tableName, Item }));
    }
  }

  public async stripesPassed(day: Day): Promise<number[]> {
    const prefix = markerPrefix(day);
    const items = queryItems(this.#client, {
      TableName: this.#tableName,
      KeyConditionExpression: '#kind = :kind AND begins_with(#name, :prefix)',
      ExpressionAttributeNames: { '#kind': partitionKey.name, '#name': sortKey.name },
      ExpressionAttributeValues: { ':kind': text(DAYS_KIND.progress), ':prefix': text(prefix) },
      ConsistentRead: true,
    });
    const stripes: number[] = [];
    for await (const item of items) stripes.push(Number(readText(item, sortKey.name).slice(prefix.length)));
    return stripes.sort((a, b) => a - b);
  }
}
