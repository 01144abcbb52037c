/**
 * What items of the journal and the counters table measure, by DynamoDB's own rules: names and texts in UTF-8, binary
 * as it is, a number by its digits, a list by its elements.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { Increment, JournalName, NumberedEntry } from '../journal.js';
import { journalPartition } from '../table-schema.js';

const LIST_BYTES = 3;
const ELEMENT_BYTES = 1;

/** A whole number: one byte for each pair of digits that is not zero at the end, one more for the exponent, one for a sign. */
export function numberBytes(n: number): number {
  if (n === 0) return 1;
  const written = String(Math.abs(n));
  const digitCount = written.replace(/0+$/, '').length;
  // Pairs are those of hundreds: 12 is one pair, 120 is two.
  const isSplit = digitCount % 2 === 0 && written.length % 2 === 1;
  return 1 + Math.ceil(digitCount / 2) + (isSplit ? 1 : 0) + (n < 0 ? 1 : 0);
}

const EXPIRY_BYTES = 'expiresAtSeconds'.length + 6;

/** A typical entry without its ids and increments: names, partition key, number, event count and expiry. */
export const ENTRY_FRAME_BYTES =
  'journal'.length +
  '63#2026-11-21T09:15'.length +
  ('number'.length + 2) +
  'ids'.length +
  ('increments'.length + LIST_BYTES) +
  ('eventCount'.length + 3) +
  EXPIRY_BYTES;

export const MINUTE_BYTES = 3 * (ELEMENT_BYTES + 2);

/** An increment without its minutes, as an element of the entry's list. */
export const incrementFrameBytes = (counterBytes: number): number =>
  ELEMENT_BYTES + LIST_BYTES + ELEMENT_BYTES + counterBytes;

/** An entry's item, to the byte. */
export const entryItemBytes = (journal: JournalName, entry: NumberedEntry, expiresAtMs: number): number =>
  'journal'.length +
  journalPartition(journal).length +
  'number'.length +
  numberBytes(entry.number) +
  'ids'.length +
  entry.ids.length +
  'increments'.length +
  LIST_BYTES +
  entry.increments.reduce((sum, one) => sum + storedIncrementBytes(one), 0) +
  'eventCount'.length +
  numberBytes(entry.eventCount) +
  'expiresAtSeconds'.length +
  numberBytes(Math.floor(expiresAtMs / 1_000));

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
  EXPIRY_BYTES +
  minutes * ('m00'.length + 2) +
  slices * ('lsn0'.length + 2);

/** A sealed day of one counter: keys, the day's value and all before it, run number and flag, one attribute per hour. */
export const totalItemBytes = (counterBytes: number, hours: number): number =>
  'counter'.length +
  counterBytes +
  'day'.length +
  '2026-11-21'.length +
  ('runNumber'.length + 2) +
  ('isAdjusted'.length + 1) +
  ('value'.length + 4) +
  ('through'.length + 6) +
  hours * ('h00'.length + 3);
