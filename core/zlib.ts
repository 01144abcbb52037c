/** The only door from core to node:zlib, with zstd.ts. */
import { constants, crc32 as crc32Of, gunzipSync, gzipSync } from 'node:zlib';

export const crc32 = (data: string | Uint8Array): number => crc32Of(data);

/**
 * Gzip at the fastest level.
 *
 * On this thread: handing a request's lines to another one and waking it costs more than a third of compressing them.
 */
export const gzip = (bytes: Uint8Array): Uint8Array =>
  gzipSync(bytes, { level: constants.Z_BEST_SPEED, chunkSize: stepBytesOf(bytes.length / 6) });

export type InflateFailure = 'too_large' | 'corrupt';

const STEP_BYTES_MIN = 16 * 1024;
const STEP_BYTES_MAX = 256 * 1024;
const SIZE_BYTES = 4;

/** Room for what comes out in one step. Usually for all of it: then nothing is put together from pieces. */
const stepBytesOf = (expectedBytes: number): number =>
  Math.min(Math.max(Math.ceil(expectedBytes), STEP_BYTES_MIN), STEP_BYTES_MAX);

/**
 * Inflate gzip, one member or many, but never beyond `bytesMax`: what is larger is cut off, not inflated first.
 */
export function gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array | InflateFailure {
  try {
    return gunzipSync(bytes, {
      maxOutputLength: bytesMax,
      // A byte more than there is: else zlib would look for more.
      chunkSize: stepBytesOf(statedSizeOf(bytes) + 1),
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'corrupt';
  }
}

/** What the last bytes of gzip say of the size inflated. Only how it is inflated depends on it. */
function statedSizeOf(bytes: Uint8Array): number {
  if (bytes.length < SIZE_BYTES) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - SIZE_BYTES, SIZE_BYTES).getUint32(
    0,
    true,
  );
}

/** Gzip is recognised by its first bytes: headers are often wrong, and some gateways strip them. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
