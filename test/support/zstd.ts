/** Tests of zstd: what needs Node to write or read it, and bytes for what does not. */
import { HAS_ZSTD } from '../../core/zstd.js';

/** Skipped where Node has none, and jest says so. CI runs these with a Node that has it. */
export const itWithZstd = HAS_ZSTD ? it : it.skip;
export const itWithoutZstd = HAS_ZSTD ? it.skip : it;

/** The lines `a` and `b`, a frame each, as `encodeChunk` of Node 24 writes them. */
export const ZSTD_OF_A = Buffer.from('KLUv/SQCEQAAYQpVyMwe', 'base64');
export const ZSTD_OF_B = Buffer.from('KLUv/SQCEQAAYgoi31pA', 'base64');
