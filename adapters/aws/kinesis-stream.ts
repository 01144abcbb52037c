import { PutRecordsCommand, type KinesisClient, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { StreamUnavailableError } from '../../core/errors.js';
import { explicitHashKeyOf } from '../../core/lane.js';
import type { Chunk, StreamWriter } from '../../core/ports.js';
import { packIntoCalls } from './pack.js';
import { putUntilTaken, type NotTaken } from './put-until-taken.js';
import type { Timer } from './timer.js';

/** What PutRecords takes at once; partition keys count. */
const CALL_LIMITS = { countMax: 500, bytesMax: 10 * 1024 * 1024 };

/** A Kinesis stream with one shard per stripe. The stripe is told to the record twice: as its shard, and as its order. */
export class KinesisStream implements StreamWriter {
  readonly #client: KinesisClient;
  readonly #streamName: string;
  readonly #laneCount: number;
  readonly #stripeCount: number;
  readonly #timer: Timer | undefined;

  public constructor(options: {
    client: KinesisClient;
    streamName: string;
    laneCount: number;
    stripeCount: number;
    timer?: Timer;
  }) {
    this.#client = options.client;
    this.#streamName = options.streamName;
    this.#laneCount = options.laneCount;
    this.#stripeCount = options.stripeCount;
    this.#timer = options.timer;
  }

  /** One call after the other: a request fits into one, but for a thousand stripes. */
  public async put(chunks: readonly Chunk[]): Promise<void> {
    const records = chunks.map((chunk) => this.#recordOf(chunk));
    for (const call of packIntoCalls(records, recordBytes, CALL_LIMITS)) await this.#putCall(call);
  }

  #recordOf({ stripe, bytes }: Chunk): PutRecordsRequestEntry {
    return {
      Data: bytes,
      PartitionKey: String(stripe),
      ExplicitHashKey: explicitHashKeyOf(stripe, this.#laneCount, this.#stripeCount),
    };
  }

  async #putCall(records: readonly PutRecordsRequestEntry[]): Promise<void> {
    const { items, reason } = await putUntilTaken(records, (pending) => this.#tryPut(pending), this.#timer);
    if (items.length === 0) return;
    throw new StreamUnavailableError(
      `the stream refused ${items.length} of ${records.length} records to the last: ${reason}`,
    );
  }

  async #tryPut(records: readonly PutRecordsRequestEntry[]): Promise<NotTaken<PutRecordsRequestEntry>> {
    const { Records: outcomes = [] } = await this.#send(records);
    const failures = outcomes.filter(({ ErrorCode: code }) => code !== undefined);
    return {
      // Outcomes stand in the order of the records. A record without an outcome was not taken.
      items: records.filter((_, index) => outcomes[index]?.SequenceNumber === undefined),
      reason: failures.at(-1)?.ErrorMessage ?? 'no reason given',
    };
  }

  /** The SDK has tried again before this fails; a record that was taken and is sent again is only a duplicate. */
  async #send(records: readonly PutRecordsRequestEntry[]) {
    try {
      return await this.#client.send(
        new PutRecordsCommand({ StreamName: this.#streamName, Records: [...records] }),
      );
    } catch (cause) {
      throw new StreamUnavailableError('the stream does not answer, or throttles', { cause });
    }
  }
}

const recordBytes = ({ Data, PartitionKey = '' }: PutRecordsRequestEntry): number =>
  (Data?.byteLength ?? 0) + PartitionKey.length;
