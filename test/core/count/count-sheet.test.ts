import fc from 'fast-check';
import { makeReadSheet, makeWriteSheet } from '../../../core/count/count-sheet.js';
import { idWordsOf } from '../../../core/count/ids.js';
import type { TallyEvent } from '../../../core/event.js';
import { identityOf } from '../../../core/identity.js';
import { crc32 } from '../../../core/zlib.js';

const writeSheet = makeWriteSheet(() => 'run 1');
const readSheet = makeReadSheet();

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((some) => !/\p{Cc}/u.test(some));
const event: fc.Arbitrary<TallyEvent> = fc.record({
  id: text,
  source: fc.constantFrom('web-1', 'ü'),
  type: fc.constantFrom('a', 'b'),
  subject: fc.oneof(fc.constantFrom('', 'x', 'y'), text),
  partitionKey: fc.oneof(fc.constantFrom('k', 'l'), text),
  timeMs: fc.integer({ min: -1e12, max: 4e12 }),
  value: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  restJson: fc.constant(''),
});

it('says of each event what counting needs of it', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const sheet = readSheet(writeSheet(events));
      expect(sheet?.eventCount).toBe(events.length);
      events.forEach(({ id, timeMs, value, restJson: _, ...names }, index) => {
        const words = sheet?.ids.subarray(index * 4, index * 4 + 4);
        expect(words).toEqual(idWordsOf(identityOf({ id, ...names })));
        expect(sheet?.minutes[index]).toBe(Math.floor(timeMs / 60_000));
        expect(sheet?.values[index]).toBe(value);
        const name = sheet?.names[sheet.nameIndexes[index] ?? -1];
        expect(name).toMatchObject(names);
      });
    }),
  );
});

const EVENT: TallyEvent = {
  ...{ id: 'e1', source: 's', type: 't', subject: 'x', partitionKey: 't/x' },
  ...{ timeMs: Date.parse('2026-11-21T09:15:02.120Z'), value: 1, restJson: '' },
};

it('is not read when a bit of it is wrong', () => {
  const sheet = writeSheet([EVENT]);
  for (let bit = 0; bit < sheet.length * 8; bit++) {
    const damaged = Uint8Array.from(sheet);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    expect(readSheet(damaged)).toBeUndefined();
  }
});

it.each([0, 1, 15, 16, 20, 43])('is not read when only %d bytes of it are there', (length) => {
  expect(readSheet(writeSheet([EVENT]).subarray(0, length))).toBeUndefined();
});

// Goal: after an upgrade nobody reads what another layout means. Method: the check that a layout without a number would have.
it('is not read when it is of another layout', () => {
  const sheet = Buffer.from(writeSheet([EVENT]));
  sheet.writeUInt32LE(crc32(sheet.subarray(4)));
  expect(readSheet(sheet)).toBeUndefined();
});

it('is read wherever it lies in memory', () => {
  const sheet = writeSheet([EVENT]);
  const larger = new Uint8Array(sheet.length + 3);
  larger.set(sheet, 3);
  expect(readSheet(larger.subarray(3))).toEqual(readSheet(sheet));
});

type WriteSheet = ReturnType<typeof makeWriteSheet>;

/** A writer with modules of its own, as in another process: it numbers names from 0. */
async function aWriterOfItsOwn(run: string): Promise<WriteSheet> {
  let write: WriteSheet | undefined;
  await jest.isolateModulesAsync(async () => {
    const { makeWriteSheet: make } = await import('../../../core/count/count-sheet.js');
    write = make(() => run);
  });
  if (write === undefined) throw new Error('there is no writer');
  return write;
}

// Goal: a number stands for one name, whoever gave it. Method: two writers that give the same numbers to different names.
it('tells names of one run from those of another', async () => {
  const [first, second] = [await aWriterOfItsOwn('run 1'), await aWriterOfItsOwn('run 2')];
  const read = makeReadSheet();
  const subjectsOf = (sheet: Uint8Array): string[] | undefined =>
    read(sheet)?.names.map(({ subject }) => subject);
  for (const [one, other] of [['x', 'y'] as const, ['z', 'x'] as const]) {
    expect(subjectsOf(first([{ ...EVENT, subject: one }]))).toEqual([one]);
    expect(subjectsOf(second([{ ...EVENT, subject: other }]))).toEqual([other]);
  }
});

it('forgets names when there are many, and learns them again', () => {
  const write = makeWriteSheet(() => 'run 1');
  for (const first of Array.from({ length: 30 }, (_, sheet) => (sheet % 15) * 5_000)) {
    const events = Array.from({ length: 5_000 }, (_, index) => ({ ...EVENT, subject: `s${first + index}` }));
    const { names = [], nameIndexes = [] } = readSheet(write(events)) ?? {};
    const isWrong = (at: number, index: number): boolean => names[at]?.subject !== `s${first + index}`;
    expect([...nameIndexes].findIndex(isWrong)).toBe(-1);
  }
});
