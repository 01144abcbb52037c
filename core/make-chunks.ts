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
  const draft = draftOf(events, origin);
  // Nothing here may hold on to the events while they are compressed: what outlives a collection of young objects costs most of it.
  if (draft.text.length <= CHUNK_BYTES_MAX - GZIP_BYTES_MORE_MAX) return [await chunkOf(draft)];
  return makeLargeChunks(draft, events, origin);
}

/** Deflate stores what it can't compress, with five bytes for every 16 KB, between a head and an end. */
const GZIP_BYTES_MORE_MAX = 1_024;

/** A chunk before it is compressed. */
interface Draft {
  readonly text: Uint8Array;
  readonly chunk: Omit<StampedChunk, 'bytes'>;
}

function draftOf(events: readonly TallyEvent[], origin: ChunkOrigin): Draft {
  const { stripe, receivedAtMs } = origin;
  const chunkId = origin.makeChunkId();
  const writer = new LineWriter({ receivedAtMs, chunkId }, events.length * LINE_BYTES_EXPECTED);
  let valueSum = 0;
  for (let position = 0; position < events.length; position++) {
    const event = events[position] as TallyEvent;
    writer.write(event, position);
    valueSum += event.value;
  }
  const receiptLines = receiptLinesOf({ chunkId, stripe, receivedAtMs }, events);
  const sheet = origin.writeSheet?.(events);
  const chunk = { chunkId, stripe, receivedAtMs, eventCount: events.length, valueSum, receiptLines };
  return { text: writer.bytes, chunk: sheet === undefined ? chunk : { ...chunk, sheet } };
}

const chunkOf = async ({ text, chunk }: Draft): Promise<StampedChunk> => ({
  ...chunk,
  bytes: await gzip(text),
});

async function makeLargeChunks(
  draft: Draft,
  events: readonly TallyEvent[],
  origin: ChunkOrigin,
): Promise<StampedChunk[]> {
  if (draft.text.length > CHUNK_TEXT_BYTES_MAX && events.length > 1) return makeHalves(events, origin);
  const chunk = await chunkOf(draft);
  return chunk.bytes.length > CHUNK_BYTES_MAX && events.length > 1 ? makeHalves(events, origin) : [chunk];
}

/** Halves get ids and positions of their own, so their lines are formatted anew. */
async function makeHalves(events: readonly TallyEvent[], origin: ChunkOrigin): Promise<StampedChunk[]> {
  const middle = Math.ceil(events.length / 2);
  const first = await makeChunks(events.slice(0, middle), origin);
  return [...first, ...(await makeChunks(events.slice(middle), origin))];
}
