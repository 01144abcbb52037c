import fc from 'fast-check';
import { readCsv, type CsvRow } from '../../../adapters/aws/athena-csv.js';
import { collect } from '../../support/collect.js';

/** As Athena writes: each field in quotes, quotes within doubled, nothing at all for null. */
const write = (rows: readonly CsvRow[]): string =>
  rows
    .map((row) => row.map((field) => (field === null ? '' : `"${field.replaceAll('"', '""')}"`)).join(','))
    .map((line) => `${line}\n`)
    .join('');

async function* inPieces(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = (text: string, size = 64): Promise<CsvRow[]> => collect(readCsv(inPieces(text, size)));

it('tells an empty text from none', async () => {
  expect(await read('"a","",,"b"\n')).toEqual([['a', '', null, 'b']]);
  expect(await read('\n""\n')).toEqual([[null], ['']]);
});

it('reads nothing as no rows', async () => {
  expect(await read('')).toEqual([]);
});

// Goal: what was written is read, wherever the pieces are cut. Method: hostile fields, each way to cut them.
it('reads any fields in any pieces', async () => {
  const text = fc.array(
    fc.constantFrom('"', '""', ',', '\n', '\r\n', 'é', '\u{1f600}', '\\', '\\N', ' ', 'a', '\t'),
    { maxLength: 6 },
  );
  const field = fc.option(
    text.map((parts) => parts.join('')),
    { nil: null },
  );
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (given, size) => {
      expect(await read(write(given), size)).toEqual(given);
    }),
    { numRuns: 300 },
  );
});

it.each(['"a","b', '"a","b"', '"a",', '"a"\n"', '"a"b\n', 'a\n', '"a" \n'])(
  'refuses what is cut off or not as Athena writes it: %j',
  async (text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'audit_failed' });
  },
);

it('refuses bytes that are no UTF-8', async () => {
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from([0x22, 0xff, 0x22, 0x0a]);
  }
  await expect(collect(readCsv(bytes()))).rejects.toThrow();
});
