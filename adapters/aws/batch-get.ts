import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { backoffMs } from './backoff.js';
import type { Item } from './attributes.js';
import { processTimer, type Timer } from './timer.js';

const KEYS_PER_CALL_MAX = 100;
const ROUNDS_WITHOUT_PROGRESS_MAX = 8;

export interface BatchGetRequest {
  readonly tableName: string;
  readonly keys: readonly Item[];
  /** Of each item, these. @default - all */
  readonly attributes?: readonly string[];
  readonly timer?: Timer;
}

/**
 * The items that some keys name, in no order; keys without an item have none. Eventually consistent.
 *
 * An answer may leave keys unprocessed (throttled, or over 16 MB): they are asked for again, after a pause.
 */
export async function batchGet(client: DynamoDBClient, request: BatchGetRequest): Promise<Item[]> {
  const { tableName, timer = processTimer } = request;
  const projection = projectionOf(request.attributes);
  const found: Item[] = [];
  let pending = [...request.keys];
  let fruitlessRounds = 0;
  while (pending.length > 0) {
    const asked = pending.splice(0, KEYS_PER_CALL_MAX);
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: asked, ...projection } } }),
    );
    found.push(...(answer.Responses?.[tableName] ?? []));
    const unprocessed = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    pending = [...unprocessed, ...pending];
    if (unprocessed.length === 0) continue;
    fruitlessRounds = unprocessed.length < asked.length ? 0 : fruitlessRounds + 1;
    if (fruitlessRounds > ROUNDS_WITHOUT_PROGRESS_MAX) {
      throw new Error(
        `table ${tableName} left ${unprocessed.length} keys unprocessed ${fruitlessRounds} times in a row`,
      );
    }
    await timer.sleep(backoffMs(fruitlessRounds, Math.random));
  }
  return found;
}

/** By placeholders: some names are words of the expression language. */
const projectionOf = (attributes: readonly string[] | undefined) =>
  attributes && {
    ProjectionExpression: attributes.map((_, index) => `#${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#${index}`, name])),
  };
