/** Zstandard, where Node has it: chunks at a third of what gzip takes, and smaller. See docs/decisions/chunk-compression.md. */
import * as nodeZlib from 'node:zlib';
import type { InflateFailure } from './zlib.js';

/** What a newer Node adds. The types are those of the oldest one that Tally runs on, which knows nothing of it. */
interface ZstdOfNode {
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_c_checksumFlag: number };
  zstdCompressSync(bytes: Uint8Array, options: object): Uint8Array;
  zstdDecompressSync(bytes: Uint8Array, options: object): DecompressedFrame;
}

interface DecompressedFrame {
  readonly buffer: Uint8Array;
  /** How many bytes were read, despite the name. */
  readonly engine: { readonly bytesWritten: number };
}

export const ZSTD_NEEDED = 'zstd needs Node 24 or later';

const ofNode = nodeZlib as unknown as ZstdOfNode;

/** An empty frame without its end. */
const CUT_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x00, 0x01, 0x00, 0x00);

/** Whether this Node writes and reads zstd. That of Node 22 takes a frame that was cut off for a whole one: no use to us. */
export const HAS_ZSTD = 'zstdDecompressSync' in nodeZlib && refusesCutFrames();

function refusesCutFrames(): boolean {
  try {
    ofNode.zstdDecompressSync(CUT_FRAME, {});
    return false;
  } catch {
    return true;
  }
}

/**
 * One frame, at the fastest level that compresses as well as gzip does, with a checksum and its size.
 *
 * @throws {RangeError} this Node has no zstd: `HAS_ZSTD` tells before.
 */
export function zstd(bytes: Uint8Array): Uint8Array {
  requireZstd();
  const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = ofNode.constants;
  return ofNode.zstdCompressSync(bytes, {
    params: { [level]: 1, [checksum]: 1 },
    pledgedSrcSize: bytes.length,
    chunkSize: Math.max(CHUNK_SIZE_MIN, Math.ceil(bytes.length / 8)),
  });
}

const CHUNK_SIZE_MIN = 16 * 1024;

/**
 * The content of exactly one frame, but never more than `bytesMax`.
 *
 * @throws {RangeError} this Node has no zstd.
 */
export function unzstd(bytes: Uint8Array, bytesMax: number): Uint8Array | InflateFailure {
  requireZstd();
  try {
    const frame = firstFrame(bytes, bytesMax);
    return frame.byteCount === bytes.length ? frame.content : 'corrupt';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'corrupt';
  }
}

/** The first of the frames that stand one after the other: Node 24 stops there, newer ones read them all. */
export function firstFrame(
  bytes: Uint8Array,
  bytesMax?: number,
): { readonly content: Uint8Array; readonly byteCount: number } {
  requireZstd();
  const { buffer, engine } = ofNode.zstdDecompressSync(bytes, {
    info: true,
    ...(bytesMax === undefined ? {} : { maxOutputLength: bytesMax }),
    chunkSize: FRAME_STEP_BYTES,
  });
  return { content: buffer, byteCount: engine.bytesWritten };
}

/** The lines of a usual chunk at once. */
const FRAME_STEP_BYTES = 256 * 1024;

function requireZstd(): void {
  if (!HAS_ZSTD) throw new RangeError(ZSTD_NEEDED);
}

/** The first bytes of every frame (RFC 8878, section 3.1.1). */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

export const isZstd = (bytes: Uint8Array): boolean => MAGIC.every((byte, at) => bytes[at] === byte);
