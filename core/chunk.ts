/** A chunk: compressed newline-terminated archive lines of one stripe. One stream record, one piece of an archive file. */
import { CHUNK_TEXT_BYTES_MAX } from './limits.js';
import { gunzip, gzip } from './zlib.js';
import { isZstd, unzstd, zstd } from './zstd.js';

/** How chunks are written. Either is read, recognised by its first bytes. */
export const COMPRESSIONS = ['gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export const compressLines = (lines: Uint8Array, compression: Compression): Uint8Array =>
  compression === 'zstd' ? zstd(lines) : gzip(lines);

/** Compress archive lines (without their newlines) into a chunk's bytes. Chunks alike may be concatenated as they are. */
export const encodeChunk = (lines: readonly string[], compression: Compression = 'gzip'): Uint8Array =>
  compressLines(Buffer.from(`${lines.join('\n')}\n`), compression);

/** The lines of a chunk, or why there are none. */
export type ChunkLines = { readonly lines: Uint8Array } | { readonly problem: string };

/** Inflate a chunk. A damaged or an over-long one is a problem to report, never a throw: others wait behind it. */
export function decodeChunk(bytes: Uint8Array): ChunkLines {
  const inflate = isZstd(bytes) ? unzstd : gunzip;
  const inflated = inflate(bytes, CHUNK_TEXT_BYTES_MAX);
  if (inflated === 'too_large')
    return { problem: `the chunk inflates to more than ${CHUNK_TEXT_BYTES_MAX} bytes` };
  if (inflated === 'corrupt') return { problem: 'the chunk is neither valid gzip nor valid zstd' };
  return { lines: inflated };
}
