import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Increment, JournalName } from '../../core/journal.js';
import type { CounterShards } from '../../core/ports.js';
import { COUNTERS_TABLE, lsnAttribute, shardSort } from '../../core/table-schema.js';
import { HOUR_MS, floorTo, sliceOfHour } from '../../core/time.js';
import { asInteger, readText, text, type Item } from './attributes.js';
import { batchGet } from './batch-get.js';

const { partitionKey, sortKey } = COUNTERS_TABLE;

/**
 * Counter shards for who expects that an entry is applied already: the audit, which settles every journal of a day, and counting, when a
 * late event comes to a journal that no worker remembers.
 *
 * A write whose condition fails is billed in full and is a call of its own; a read of a hundred shards is one call, at a tenth of
 * the price each. So this reads first, and has applied what is missing. The read may be eventual: `lsn` only grows, so what an
 * old answer calls applied is applied, and what it calls missing is decided by the write's condition as ever.
 */
export class ReadFirstCounterShards implements CounterShards {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #shards: CounterShards;

  /** @param options.shards applies what is found missing. */
  public constructor(options: { client: DynamoDBClient; tableName: string; shards: CounterShards }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#shards = options.shards;
  }

  public async apply(
    journal: JournalName,
    number: number,
    increments: readonly Increment[],
    expiresAtMs: number,
  ): Promise<void> {
    const applied = await this.#countersApplied(journal, number, increments);
    const missing = increments.filter(({ counter }) => !applied.has(counter));
    await this.#shards.apply(journal, number, missing, expiresAtMs);
  }

  async #countersApplied(
    { lane, sliceStartMs }: JournalName,
    number: number,
    increments: readonly Increment[],
  ): Promise<Set<string>> {
    const shard = text(shardSort(floorTo(sliceStartMs, HOUR_MS), lane));
    const lsn = lsnAttribute(sliceOfHour(sliceStartMs));
    // Each once: a damaged entry may name a counter twice, and the engine refuses a key that is asked for twice.
    const counters = new Set(increments.map(({ counter }) => counter));
    const items = await batchGet(this.#client, {
      tableName: this.#tableName,
      keys: [...counters].map((counter) => ({ [partitionKey.name]: text(counter), [sortKey.name]: shard })),
      attributes: [partitionKey.name, lsn],
    });
    const isApplied = (item: Item): boolean => (asInteger(item[lsn]) ?? 0) >= number;
    return new Set(items.filter(isApplied).map((item) => readText(item, partitionKey.name)));
  }
}
