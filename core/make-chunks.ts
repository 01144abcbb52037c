import { receiptLinesOf, type ReceiptLine } from './audit/receipt.js';
import { compressLines, type Compression } from './chunk.js';
import type { TallyEvent } from './event.js';
import { CHUNK_BYTES_MAX, CHUNK_TEXT_BYTES_MAX } from './limits.js';
import { LineWriter } from './line-writer.js';
import type { Chunk } from './ports.js';

export interface ChunkOrigin {
  readonly stripe: number;
  readonly receivedAtMs: number;
  readonly makeChunkId: () => string;
  /** @default gzip */
  readonly compression?: Compression;
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
export function makeChunks(events: readonly TallyEvent[], origin: ChunkOrigin): StampedChunk[] {
  const chunk = makeChunk(events, origin);
  if (chunk !== undefined) return [chunk];
  // Halves get ids and positions of their own, so their lines are formatted anew.
  const middle = Math.ceil(events.length / 2);
  return [...makeChunks(events.slice(0, middle), origin), ...makeChunks(events.slice(middle), origin)];
}

/** One chunk of all the events. `undefined`: it would be too large. */
function makeChunk(events: readonly TallyEvent[], origin: ChunkOrigin): StampedChunk | undefined {
  const { stripe, receivedAtMs, compression = 'gzip' } = origin;
  const chunkId = origin.makeChunkId();
  const writer = new LineWriter({ receivedAtMs, chunkId }, events.length * LINE_BYTES_EXPECTED);
  let valueSum = 0;
  for (let position = 0; position < events.length; position++) {
    const event = events[position] as TallyEvent;
    writer.write(event, position);
    valueSum += event.value;
  }
  const bytes = compress(writer.bytes, events.length, compression);
  writer.release();
  if (bytes === undefined) return undefined;
  const receiptLines = receiptLinesOf({ chunkId, stripe, receivedAtMs }, events);
  const sheet = origin.writeSheet?.(events);
  const chunk = { chunkId, stripe, receivedAtMs, eventCount: events.length, valueSum, receiptLines, bytes };
  return sheet === undefined ? chunk : { ...chunk, sheet };
}

/** `undefined`: it is too large, and several events may be divided. */
function compress(text: Uint8Array, eventCount: number, compression: Compression): Uint8Array | undefined {
  const canDivide = eventCount > 1;
  if (canDivide && text.length > CHUNK_TEXT_BYTES_MAX) return undefined;
  const bytes = compressLines(text, compression);
  return canDivide && bytes.length > CHUNK_BYTES_MAX ? undefined : bytes;
}
