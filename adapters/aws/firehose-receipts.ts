import type { FirehoseClient } from '@aws-sdk/client-firehose';
import {
  storedReceiptOf,
  type ReceiptLine,
  type ReceiptSink,
  type StoredReceiptLine,
} from '../../core/audit/receipt.js';
import { FirehoseSink } from './firehose-sink.js';
import type { Timer } from './timer.js';

/** A request waits for its receipt: what is refused is put once more, and then given up. */
const ROUNDS_MAX = 2;

/** Receipts by direct put, one record per request: a witness that does not share the stream's fate. */
export class FirehoseReceipts implements ReceiptSink {
  readonly #sink: FirehoseSink<StoredReceiptLine>;

  public constructor(options: { client: FirehoseClient; streamName: string; timer?: Timer }) {
    this.#sink = new FirehoseSink({ ...options, roundsMax: ROUNDS_MAX });
  }

  public put(lines: readonly ReceiptLine[], failedChunkCount: number): Promise<void> {
    return this.#sink.put(storedReceiptOf(lines, failedChunkCount));
  }
}
