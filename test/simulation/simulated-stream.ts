import { StreamUnavailableError } from '../../core/errors.js';
import { explicitHashKeyOf } from '../../core/lane.js';
import type { Chunk, StreamWriter } from '../../core/ports.js';
import type { Faults } from './faults.js';
import type { Network } from './network.js';
import type { Process } from './process.js';
import type { Random } from './random.js';

/** A chunk in the stream. The same chunk may lie there several times. */
export interface StreamRecord {
  readonly chunkId: string;
  readonly receivedAtMs: number;
  readonly bytes: Uint8Array;
}

/** A shard: a range of hash keys. When closed it takes no more records; its children go on with its range. */
export interface Shard {
  readonly name: string;
  readonly fromHashKey: bigint;
  /** Excluded. */
  readonly toHashKey: bigint;
  readonly parents: readonly Shard[];
  readonly records: StreamRecord[];
  isClosed: boolean;
  /** Records before this one will not be given to workers again. */
  setAsideThrough: number;
}

const HASH_KEYS = 1n << 128n;

/** A producer tries the records that failed this often before it answers 503. */
const PUT_ATTEMPTS = 3;

/** Kinesis: at least once, in order within a shard, resharded while it is used. */
export class SimulatedStream {
  readonly #shards: Shard[] = [];

  public constructor(
    shardCount: number,
    private readonly deps: {
      readonly faults: Faults;
      readonly random: Random;
      readonly onShard: (shard: Shard) => void;
      readonly onRecord: (record: StreamRecord, shard: Shard) => void;
    },
  ) {
    const width = HASH_KEYS / BigInt(shardCount);
    for (let index = 0n; index < BigInt(shardCount); index++)
      this.#open(index * width, (index + 1n) * width, []);
  }

  public get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** The port, as one ingest process holds it. */
  public portOf(
    caller: Process,
    network: Network,
    stripes: { readonly laneCount: number; readonly stripeCount: number },
  ): StreamWriter {
    return {
      put: async (chunks) => {
        let unstored = chunks;
        for (let attempt = 1; attempt <= PUT_ATTEMPTS && unstored.length > 0; attempt++) {
          const sent = unstored;
          try {
            const what = `put ${sent.map(({ chunkId }) => chunkId).join(' ')}`;
            unstored = await network.call({ caller, what, effect: () => this.#putRecords(sent, stripes) });
          } catch {
            // Nobody knows what is in. Sending all again is safe: the stream may hold a chunk twice.
          }
        }
        if (unstored.length > 0) throw new StreamUnavailableError('records were not stored');
      },
    };
  }

  /** Put a record where its hash key belongs, by hand: replays, damage. */
  public append(record: StreamRecord, hashKey: bigint): void {
    const shard = this.#shards.find(
      ({ isClosed, fromHashKey, toHashKey }) => !isClosed && hashKey >= fromHashKey && hashKey < toHashKey,
    );
    if (shard === undefined) throw new RangeError(`no open shard for hash key ${hashKey}`);
    shard.records.push(record);
    this.deps.onRecord(record, shard);
  }

  /** Split a shard, or merge it with its neighbour. */
  public reshard(): void {
    const open = this.#shards
      .filter(({ isClosed }) => !isClosed)
      .sort((a, b) => (a.fromHashKey < b.fromHashKey ? -1 : 1));
    const index = this.deps.random.integer(0, open.length - 1);
    const [shard, neighbour] = [open[index] as Shard, open[index + 1]];
    if (neighbour !== undefined && this.deps.random.chance(0.5)) {
      shard.isClosed = neighbour.isClosed = true;
      this.#open(shard.fromHashKey, neighbour.toHashKey, [shard, neighbour]);
    } else {
      shard.isClosed = true;
      const middle = (shard.fromHashKey + shard.toHashKey) / 2n;
      this.#open(shard.fromHashKey, middle, [shard]);
      this.#open(middle, shard.toHashKey, [shard]);
    }
  }

  /** The chunks that were refused. */
  #putRecords(
    chunks: readonly Chunk[],
    { laneCount, stripeCount }: { readonly laneCount: number; readonly stripeCount: number },
  ): Chunk[] {
    const { faults } = this.deps;
    return chunks.filter((chunk) => {
      if (chunks.length > 1 && faults.strikes('partialPut')) return true;
      const hashKey = BigInt(explicitHashKeyOf(chunk.stripe, laneCount, stripeCount));
      this.append(chunk, hashKey);
      if (faults.strikes('duplicateRecord')) this.append(chunk, hashKey);
      return false;
    });
  }

  #open(fromHashKey: bigint, toHashKey: bigint, parents: readonly Shard[]): void {
    const shard: Shard = {
      name: `shard-${this.#shards.length + 1}`,
      fromHashKey,
      toHashKey,
      parents,
      records: [],
      isClosed: false,
      setAsideThrough: 0,
    };
    this.#shards.push(shard);
    this.deps.onShard(shard);
  }
}
