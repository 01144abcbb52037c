import {
  PutRecordBatchCommand,
  type FirehoseClient,
  type PutRecordBatchCommandOutput,
  type _Record as FirehoseRecord,
} from '@aws-sdk/client-firehose';
import { gzip } from '../../core/zlib.js';
import { packIntoCalls } from './pack.js';
import { putUntilTaken, type NotTaken } from './put-until-taken.js';
import type { Timer } from './timer.js';

/** What PutRecordBatch takes at once. */
const CALL_LIMITS = { countMax: 500, bytesMax: 4 * 1024 * 1024 };

/**
 * Lines packed into one record, before compression. Firehose bills each record in steps of 5 KB and takes 1,000 KiB:
 * many lines share one. A longer line goes alone: a chunk in base64 has 1.33 MB and is 1 MB again when compressed.
 */
const RECORD_LIMITS = { countMax: 5_000, bytesMax: 1_000_000 };

export interface FirehoseSinkOptions {
  readonly client: FirehoseClient;
  readonly streamName: string;
  readonly timer?: Timer;
  readonly roundsMax?: number;
}

/**
 * Keeps JSON lines by direct put to a Firehose: rejected lines, receipts.
 *
 * Each record is a gzip member of whole lines, so that the files in S3 are like those of the events: members one after
 * the other make one valid `.ndjson.gz`.
 */
export class FirehoseSink<Line extends object> {
  readonly #client: FirehoseClient;
  readonly #streamName: string;
  readonly #timer: Timer | undefined;
  readonly #roundsMax: number | undefined;

  /** @param options.roundsMax how often to put what was refused, the first time included. */
  public constructor(options: FirehoseSinkOptions) {
    this.#client = options.client;
    this.#streamName = options.streamName;
    this.#timer = options.timer;
    this.#roundsMax = options.roundsMax;
  }

  /** Resolves when all lines are durable; putting them again after a failure doubles them, which readers allow for. */
  public async put(lines: readonly Line[]): Promise<void> {
    const texts = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`));
    const records = packIntoCalls(texts, bytesOf, RECORD_LIMITS).map((member): FirehoseRecord => ({
      Data: gzip(Buffer.concat(member)),
    }));
    for (const call of packIntoCalls(records, ({ Data }) => bytesOf(Data), CALL_LIMITS))
      await this.#putCall(call);
  }

  async #putCall(records: readonly FirehoseRecord[]): Promise<void> {
    const { items, reason } = await putUntilTaken(
      records,
      (pending) => this.#tryPut(pending),
      this.#timer,
      this.#roundsMax,
    );
    if (items.length === 0) return;
    throw new Error(
      `Firehose ${this.#streamName} refused ${items.length} of ${records.length} records to the last: ${reason}`,
    );
  }

  async #tryPut(records: readonly FirehoseRecord[]): Promise<NotTaken<FirehoseRecord>> {
    const { RequestResponses: outcomes = [] }: PutRecordBatchCommandOutput = await this.#client.send(
      new PutRecordBatchCommand({ DeliveryStreamName: this.#streamName, Records: [...records] }),
    );
    return {
      items: records.filter((_, index) => outcomes[index]?.RecordId === undefined),
      reason: outcomes.find(({ ErrorCode: code }) => code !== undefined)?.ErrorMessage ?? 'no reason given',
    };
  }
}

const bytesOf = (bytes: Uint8Array | undefined): number => bytes?.byteLength ?? 0;
