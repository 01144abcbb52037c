import { md5 } from './crypto.js';
import { LANE_COUNT_MAX } from './limits.js';

/** Hash keys of Kinesis are 128-bit; a lane is named by their top bits. */
const HASH_KEY_BITS = 128n;

export const isPowerOfTwo = (n: number): boolean => Number.isSafeInteger(n) && n >= 1 && (n & (n - 1)) === 0;

export const isLaneCount = (n: number): boolean => isPowerOfTwo(n) && n <= LANE_COUNT_MAX;

/**
 * The lane of a partition key: the top log2(laneCount) bits of its MD5, as Kinesis hashes it.
 *
 * Limits: `laneCount` is a power of two up to 1,024 (checked where settings are read).
 */
export function laneOf(partitionKey: string, laneCount: number): number {
  const digest = md5(partitionKey);
  const top16Bits = ((digest[0] ?? 0) << 8) | (digest[1] ?? 0);
  return (top16Bits * laneCount) >>> 16;
}

/** The stripe of a lane: stripes are equal runs of neighbouring lanes. Both counts are powers of two, stripes ≤ lanes. */
export const stripeOf = (lane: number, laneCount: number, stripeCount: number): number =>
  Math.floor((lane * stripeCount) / laneCount);

/**
 * The `ExplicitHashKey` that sends a record to a stripe's shard: the middle of the stripe's first lane.
 *
 * The middle, because a shard boundary that is off by one must not move a stripe to its neighbour.
 */
export function explicitHashKeyOf(stripe: number, laneCount: number, stripeCount: number): string {
  const firstLane = BigInt((stripe * laneCount) / stripeCount);
  const laneWidth = (1n << HASH_KEY_BITS) / BigInt(laneCount);
  return (firstLane * laneWidth + laneWidth / 2n).toString();
}

const REMEMBERED_KEYS_MAX = 100_000;

/** `laneOf` with a memory: hashing a key costs more than finding it. Bounded: a full memory is dropped and starts anew. */
export function makeLaneOf(laneCount: number): (partitionKey: string) => number {
  const laneByKey = new Map<string, number>();
  return (partitionKey) => {
    const known = laneByKey.get(partitionKey);
    if (known !== undefined) return known;
    const lane = laneOf(partitionKey, laneCount);
    if (laneByKey.size >= REMEMBERED_KEYS_MAX) laneByKey.clear();
    laneByKey.set(partitionKey, lane);
    return lane;
  };
}
