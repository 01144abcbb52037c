/**
 * What items of the journal and the counters table measure, by DynamoDB's own rules: names and texts in UTF-8, binary
 * as it is, a number by its digits, a list by its elements.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { Entry, Increment } from '../journal.js';

const LIST_BYTES = 3;
const ELEMENT_BYTES = 1;

/** One byte for each two digits, one more for the exponent, one for a sign. */
export const numberBytes = (n: number): number =>
  Math.ceil(String(Math.abs(n)).length / 2) + 1 + (n < 0 ? 1 : 0);

/** Names of the attributes of an entry, its partition key's text, its number, event count and expiry. */
export const ENTRY_FRAME_BYTES =
  'journal'.length +
  '63#2026-11-21T09:15'.length + // partition key
  ('number'.length + 2) +
  'ids'.length +
  ('increments'.length + LIST_BYTES) +
  ('eventCount'.length + 3) +
  ('expiresAtSeconds'.length + 6);

export const MINUTE_BYTES = 3 * (ELEMENT_BYTES + 2);

/** An increment without its minutes, as an element of the entry's list. */
export const incrementFrameBytes = (counterBytes: number): number =>
  ELEMENT_BYTES + LIST_BYTES + ELEMENT_BYTES + counterBytes;

/** An entry's item. Exact but for the frame, which differs by a few bytes with the lane and the number of digits. */
export const entryItemBytes = ({ ids, increments }: Pick<Entry, 'ids' | 'increments'>): number =>
  ENTRY_FRAME_BYTES + ids.length + increments.reduce((sum, one) => sum + storedIncrementBytes(one), 0);

const storedIncrementBytes = ({ counter, minutes }: Increment): number =>
  incrementFrameBytes(Buffer.byteLength(counter)) +
  minutes.reduce(
    (sum, { minute, value, events }) =>
      sum + 3 * ELEMENT_BYTES + numberBytes(minute) + numberBytes(value) + numberBytes(events),
    0,
  );

/** A counter shard's item: keys, expiry, one attribute per touched minute, one per touched slice. */
export const shardItemBytes = (counterBytes: number, minutes: number, slices: number): number =>
  'counter'.length +
  counterBytes +
  'shard'.length +
  '2026-11-21T09#63'.length +
  ('expiresAtSeconds'.length + 6) +
  minutes * ('m00'.length + 2) +
  slices * ('lsn0'.length + 2);

/** A sealed day of one counter: keys, the day's value, run number and flag, one attribute per hour. */
export const totalItemBytes = (counterBytes: number, hours: number): number =>
  'counter'.length +
  counterBytes +
  'day'.length +
  '2026-11-21'.length +
  ('runNumber'.length + 2) +
  ('isAdjusted'.length + 1) +
  ('value'.length + 4) +
  hours * ('h00'.length + 3);
