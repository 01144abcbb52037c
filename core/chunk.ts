/** A chunk: gzip of newline-terminated archive lines of one stripe. One stream record, one piece of an archive file. */
import { CHUNK_TEXT_BYTES_MAX } from './limits.js';
import { gunzip, gzip } from './zlib.js';

/** Compress archive lines (without their newlines) into a chunk's bytes. Chunks may be concatenated as they are. */
export const encodeChunk = (lines: readonly string[]): Uint8Array =>
  gzip(Buffer.from(`${lines.join('\n')}\n`));

/** The lines of a chunk, or why there are none. */
export type ChunkLines = { readonly lines: Uint8Array } | { readonly problem: string };

/** Inflate a chunk. A damaged or an over-long one is a problem to report, never a throw: others wait behind it. */
export function decodeChunk(bytes: Uint8Array): ChunkLines {
  const inflated = gunzip(bytes, CHUNK_TEXT_BYTES_MAX);
  if (inflated === 'too_large')
    return { problem: `the chunk inflates to more than ${CHUNK_TEXT_BYTES_MAX} bytes` };
  if (inflated === 'corrupt') return { problem: 'the chunk is no valid gzip' };
  return { lines: inflated };
}
