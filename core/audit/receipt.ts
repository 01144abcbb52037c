/** Receipts: what ingest says it stored, written beside the stream, so that a loss on either side has a witness. */
import type { TallyEvent } from '../event.js';
import { getOrMake } from '../get-or-make.js';
import { HOUR_MS, floorTo, formatInstant } from '../time.js';

/** What one chunk holds of one hour of event time. A chunk's receipt is the sum over its hours. */
export interface ReceiptLine {
  readonly chunkId: string;
  readonly stripe: number;
  readonly receivedAtMs: number;
  readonly hourStartMs: number;
  readonly eventCount: number;
  readonly valueSum: number;
}

/** One receipt per request: the lines of all its chunks. */
export interface ReceiptSink {
  /**
   * Keep a request's receipt.
   *
   * @param failedChunkCount chunks whose receipts failed since the last that did not: the failure's own witness.
   */
  put(lines: readonly ReceiptLine[], failedChunkCount: number): Promise<void>;
}

/** What a chunk's events add, by hour. */
export function receiptLinesOf(
  chunk: { chunkId: string; stripe: number; receivedAtMs: number },
  events: readonly Pick<TallyEvent, 'timeMs' | 'value'>[],
): ReceiptLine[] {
  const { chunkId, stripe, receivedAtMs } = chunk;
  const sumByHour = new Map<number, { eventCount: number; valueSum: number }>();
  let sum = { eventCount: 0, valueSum: 0 };
  let hourEndMs = Number.NEGATIVE_INFINITY;
  for (const { timeMs, value } of events) {
    // Neighbouring events mostly share their hour.
    if (!(timeMs < hourEndMs && timeMs >= hourEndMs - HOUR_MS)) {
      const hourStartMs = floorTo(timeMs, HOUR_MS);
      hourEndMs = hourStartMs + HOUR_MS;
      sum = getOrMake(sumByHour, hourStartMs, () => ({ eventCount: 0, valueSum: 0 }));
    }
    sum.eventCount += 1;
    sum.valueSum += value;
  }
  return [...sumByHour].map(([hourStartMs, sum]) => ({ chunkId, stripe, receivedAtMs, hourStartMs, ...sum }));
}

/** A receipt line as it is stored, and as SQL reads it. */
export interface StoredReceiptLine {
  readonly chunk: string;
  readonly stripe: number;
  readonly receivedat: string;
  readonly hour: string;
  readonly events: number;
  readonly value: number;
  readonly failed: number;
}

/** A receipt as it is stored. The failures stand in the first line only. */
export const storedReceiptOf = (
  lines: readonly ReceiptLine[],
  failedChunkCount: number,
): StoredReceiptLine[] =>
  lines.map((line, index) => ({
    chunk: line.chunkId,
    stripe: line.stripe,
    receivedat: formatInstant(line.receivedAtMs),
    hour: formatInstant(line.hourStartMs).slice(0, 13),
    events: line.eventCount,
    value: line.valueSum,
    failed: index === 0 ? failedChunkCount : 0,
  }));

/** The same as text: one JSON object per line. */
export const formatReceipt = (lines: readonly ReceiptLine[], failedChunkCount: number): string =>
  storedReceiptOf(lines, failedChunkCount)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
