import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { explicitHashKeyOf, isLaneCount, laneOf, makeLaneOf, stripeOf } from '../../core/lane.js';

const laneCounts = fc.integer({ min: 0, max: 10 }).map((exponent) => 2 ** exponent);
const HASH_KEYS = 1n << 128n;

/** Kinesis's own hash of a partition key, the slow and obvious way. */
const hashKeyOf = (partitionKey: string): bigint =>
  BigInt(`0x${createHash('md5').update(partitionKey, 'utf8').digest('hex')}`);

describe('lanes', () => {
  it('are equal slices of the Kinesis hash-key space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), laneCounts, (partitionKey, laneCount) => {
        const lane = (hashKeyOf(partitionKey) * BigInt(laneCount)) / HASH_KEYS;
        expect(laneOf(partitionKey, laneCount)).toBe(Number(lane));
      }),
    );
  });

  it('are the same from a memory', () => {
    const remembered = makeLaneOf(64);
    for (const key of ['a', 'b', 'a', 'page.viewed/ü', 'b']) expect(remembered(key)).toBe(laneOf(key, 64));
  });

  it.each([0, -1, 1.5, 3, 2048, Number.NaN])('cannot be %s', (laneCount) => {
    expect(isLaneCount(laneCount)).toBe(false);
  });
});

describe('stripes', () => {
  it('hold each lane once, in runs of one length, and are reached by their hash key', () => {
    fc.assert(
      fc.property(laneCounts, laneCounts, (laneCount, wanted) => {
        const stripeCount = Math.min(laneCount, wanted);
        for (let lane = 0; lane < laneCount; lane++) {
          const stripe = stripeOf(lane, laneCount, stripeCount);
          expect(stripe).toBe(Math.floor(lane / (laneCount / stripeCount)));
          // The shard that owns the hash key is the stripe's: shards are equal slices of the key space.
          const hashKey = BigInt(explicitHashKeyOf(stripe, laneCount, stripeCount));
          expect(Number((hashKey * BigInt(stripeCount)) / HASH_KEYS)).toBe(stripe);
        }
      }),
      { numRuns: 30 },
    );
  });
});
