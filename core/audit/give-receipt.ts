import type { StampedChunk } from '../make-chunks.js';
import { METRICS } from '../metric-names.js';
import type { Metrics } from '../ports.js';
import type { ReceiptSink } from './receipt.js';

export interface GiveReceipt {
  /** Keep the receipt of a request whose chunks are stored. Never rejects: a failure is counted, the request has succeeded. */
  give(chunks: readonly StampedChunk[]): Promise<void>;
  /** Chunks may be stored, but nobody knows: they count as chunks whose receipt failed. */
  cannotGive(chunks: readonly StampedChunk[]): void;
}

export function makeGiveReceipt(sink: ReceiptSink | undefined, metrics: Metrics): GiveReceipt {
  let failedChunkCount = 0;
  const fail = (chunkCount: number): void => {
    failedChunkCount += chunkCount;
    metrics.add(METRICS.receiptsFailed, chunkCount);
  };
  return {
    async give(chunks) {
      if (sink === undefined || chunks.length === 0) return;
      // The next receipt that can be kept says how many could not: a witness that no restart forgets.
      const failedBefore = failedChunkCount;
      failedChunkCount = 0;
      try {
        await sink.put(
          chunks.flatMap(({ receiptLines }) => receiptLines),
          failedBefore,
        );
      } catch {
        failedChunkCount += failedBefore;
        fail(chunks.length);
      }
    },
    cannotGive: (chunks) => {
      if (sink !== undefined) fail(chunks.length);
    },
  };
}
