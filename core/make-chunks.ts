import { receiptLinesOf, type ReceiptLine } from './audit/receipt.js';
import type { TallyEvent } from './event.js';
import { CHUNK_BYTES_MAX, CHUNK_TEXT_BYTES_MAX } from './limits.js';
import { LineWriter } from './line-writer.js';
import type { Chunk } from './ports.js';
import { gzip } from './zlib.js';

export interface ChunkOrigin {
  readonly stripe: number;
  readonly receivedAtMs: number;
  readonly makeChunkId: () => string;
  /** Absent: chunks have no sheets. */
  readonly writeSheet?: (events: readonly TallyEvent[]) => Uint8Array;
}

/** A chunk, and what its receipt will say. */
export interface StampedChunk extends Chunk {
  readonly receiptLines: readonly ReceiptLine[];
}

/** A little more than usual: room that is there already is cheaper than room that is made. */
const LINE_BYTES_EXPECTED = 400;

/**
 * Stamp events of one stripe and make chunks of them: one, or as many as it takes to stay within the limits.
 *
 * Shape:  N events in, in order; at least one chunk out, whose events together are the N, in order.
 * Limits: each chunk is at most `CHUNK_BYTES_MAX` compressed and `CHUNK_TEXT_BYTES_MAX` inflated. One event never is larger.
 */
export async function makeChunks(
  events: readonly TallyEvent[],
  origin: ChunkOrigin,
): Promise<StampedChunk[]> {
  const { stripe, receivedAtMs } = origin;
  const chunkId = origin.makeChunkId();
  const writer = new LineWriter({ receivedAtMs, chunkId }, events.length * LINE_BYTES_EXPECTED);
  for (let position = 0; position < events.length; position++) {
    writer.write(events[position] as TallyEvent, position);
  }
  if (writer.bytes.length > CHUNK_TEXT_BYTES_MAX && events.length > 1) return makeHalves(events, origin);
  const bytes = await gzip(writer.bytes);
  if (bytes.length > CHUNK_BYTES_MAX && events.length > 1) return makeHalves(events, origin);
  let valueSum = 0;
  for (const { value } of events) valueSum += value;
  const receiptLines = receiptLinesOf({ chunkId, stripe, receivedAtMs }, events);
  const sheet = origin.writeSheet?.(events);
  const chunk = { chunkId, stripe, receivedAtMs, bytes, eventCount: events.length, valueSum, receiptLines };
  return [sheet === undefined ? chunk : { ...chunk, sheet }];
}

/** Halves get ids and positions of their own, so their lines are formatted anew. */
async function makeHalves(events: readonly TallyEvent[], origin: ChunkOrigin): Promise<StampedChunk[]> {
  const middle = Math.ceil(events.length / 2);
  const first = await makeChunks(events.slice(0, middle), origin);
  return [...first, ...(await makeChunks(events.slice(middle), origin))];
}
