/** How each service rounds what it bills. Pure arithmetic: one thing in, the units it is billed as out. */

const KB = 1_024;
/** Services that bill by GB or TB count in powers of two. */
export const GB = 1_024 ** 3;
export const TB = 1_024 ** 4;

/** Every started piece counts, and nothing counts as one. */
const pieces = (bytes: number, pieceBytes: number): number => Math.max(1, Math.ceil(bytes / pieceBytes));

/** An HTTP API meters requests by 512 KB. */
export const httpApiUnits = (requestBytes: number): number => pieces(requestBytes, 512 * KB);

/** A provisioned stream bills a record as PUT payload units of 25 KB. */
export const PUT_UNIT_BYTES = 25 * KB;
export const putPayloadUnits = (recordBytes: number): number => pieces(recordBytes, PUT_UNIT_BYTES);

/** Firehose bills a record as a multiple of 5 KB. */
export const firehoseBytes = (recordBytes: number): number => pieces(recordBytes, 5 * KB) * 5 * KB;

export const writeUnits = (itemBytes: number): number => pieces(itemBytes, KB);

export type ReadKind = 'eventual' | 'strong';

/** A query or scan adds up its items before it rounds; a get rounds its one item. */
export const readUnits = (bytes: number, kind: ReadKind): number =>
  pieces(bytes, 4 * KB) * (kind === 'strong' ? 1 : 0.5);

/** A query bills at least 10 MB. */
export const athenaBytes = (scannedBytes: number): number => Math.max(10 * KB * KB, scannedBytes);

export const LAMBDA_MB_PER_GB = KB;

/** Lambda bills whole milliseconds of the memory that is configured. */
export const lambdaGbSeconds = (durationMs: number, memoryMb: number): number =>
  (Math.ceil(durationMs) / 1_000) * (memoryMb / LAMBDA_MB_PER_GB);
