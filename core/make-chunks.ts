import { formatArchiveLine } from './archive-line.js';
import { receiptLinesOf, type ReceiptLine } from './audit/receipt.js';
import { encodeChunk } from './chunk.js';
import type { TallyEvent } from './event.js';
import { CHUNK_BYTES_MAX, CHUNK_TEXT_BYTES_MAX } from './limits.js';
import type { Chunk } from './ports.js';

export interface ChunkOrigin {
  readonly stripe: number;
  readonly receivedAtMs: number;
  readonly makeChunkId: () => string;
}

/** A chunk, and what its receipt will say. */
export interface StampedChunk extends Chunk {
  readonly receiptLines: readonly ReceiptLine[];
}

/** Text that is short enough in UTF-16 units is short enough in UTF-8, which saves measuring it. */
const CHUNK_TEXT_LENGTH_MAX = CHUNK_TEXT_BYTES_MAX / 3;

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
  const lines = events.map((event, position) =>
    formatArchiveLine(event, { receivedAtMs, chunkId, position }),
  );
  const textLength = lines.reduce((sum, line) => sum + line.length + 1, 0);
  const isTextTooLong = textLength > CHUNK_TEXT_LENGTH_MAX && events.length > 1;
  if (isTextTooLong) return makeHalves(events, origin);
  const bytes = await encodeChunk(lines);
  if (bytes.length > CHUNK_BYTES_MAX && events.length > 1) return makeHalves(events, origin);
  const valueSum = events.reduce((sum, event) => sum + event.value, 0);
  const receiptLines = receiptLinesOf({ chunkId, stripe, receivedAtMs }, events);
  return [{ chunkId, stripe, receivedAtMs, bytes, eventCount: events.length, valueSum, receiptLines }];
}

/** Halves get ids and positions of their own, so their lines are formatted anew. */
async function makeHalves(events: readonly TallyEvent[], origin: ChunkOrigin): Promise<StampedChunk[]> {
  const middle = Math.ceil(events.length / 2);
  const first = await makeChunks(events.slice(0, middle), origin);
  return [...first, ...(await makeChunks(events.slice(middle), origin))];
}
