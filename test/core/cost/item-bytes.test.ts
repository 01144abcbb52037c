import { DynamoDbJournal } from '../../../adapters/aws/dynamodb-journal.js';
import { entryItemBytes, numberBytes } from '../../../core/cost/item-bytes.js';
import type { Entry } from '../../../core/journal.js';
import { DAY_MS } from '../../../core/time.js';
import { NOON_MS } from '../../factories.js';
import { useDynamoDb } from '../../support/dynamodb-fixture.js';

const fixture = useDynamoDb();

it.each([
  { n: 0, is: 1 },
  { n: 7, is: 2 },
  { n: 10, is: 2 },
  { n: 12, is: 2 },
  { n: 123, is: 3 },
  { n: 120, is: 3 },
  { n: -5, is: 3 },
  { n: 1_000_000, is: 2 },
  { n: 1_767_225_599, is: 6 },
])('takes $is bytes for $n', ({ n, is }) => {
  expect(numberBytes(n)).toBe(is);
});

// Goal: the arithmetic says what the engine bills. Method: entries of sizes around every boundary of a unit up to 3 KB.
it('measures an entry as the engine bills it, to the byte', async () => {
  const { client, tables, pacer } = fixture;
  const billed: (number | undefined)[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const isPut = 'Item' in args.input;
      const result = await next(
        isPut ? { ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } } : args,
      );
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } };
      if (isPut) billed.push(ConsumedCapacity?.CapacityUnits);
      return result;
    },
    { step: 'initialize', name: 'billed' },
  );
  const journal = new DynamoDbJournal({ client, tableName: tables.journal, pacer });
  const name = { lane: 3, sliceStartMs: NOON_MS };
  const expected: number[] = [];
  for (let number = 1; number <= 60; number++) {
    const entry = entryOf(number);
    const bytes = entryItemBytes(name, { ...entry, number }, NOON_MS + 40 * DAY_MS);
    // Fill up to the last byte of a unit with a longer counter name, and one beyond it with the next entry.
    const toBoundary = (1_024 - (bytes % 1_024) + (number % 2)) % 1_024;
    const filled = withLongerName(entry, toBoundary);
    await journal.append(name, number, filled, NOON_MS + 40 * DAY_MS);
    expected.push(Math.ceil(entryItemBytes(name, { ...filled, number }, NOON_MS + 40 * DAY_MS) / 1_024));
  }
  expect(billed).toEqual(expected);
  expect(new Set(billed).size).toBeGreaterThan(2);
});

const entryOf = (size: number): Entry => ({
  ids: new Uint8Array(16 * size),
  increments: Array.from({ length: size }, (_, index) => ({
    counter: `type/subject-${index}`,
    minutes: [{ minute: index % 60, value: index * 10 - 40, events: index * 5 + 1 }],
  })),
  eventCount: size,
});

function withLongerName(entry: Entry, by: number): Entry {
  const [first, ...others] = entry.increments;
  if (first === undefined) return entry;
  return { ...entry, increments: [{ ...first, counter: first.counter + 'x'.repeat(by) }, ...others] };
}
