import type { SuiteMutant } from './suite-mutants.js';

/** Breakages of the ways from a chunk to a batch: by its sheet, by its lines. */
export const COUNT_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'sheet-check-ignored',
    rule: 'A damaged sheet is not believed.',
    edits: [
      {
        file: 'core/count/count-sheet.ts',
        find: '  if (checkOf(sheet) !== check) return undefined;\n',
        replace: '',
      },
    ],
    suite: 'test/core/count/count-by-sheet.test.ts',
  },
  {
    name: 'sheet-layout-ignored',
    rule: 'After an upgrade, sheets from before it are not read as if they had the new layout.',
    edits: [
      {
        file: 'core/count/count-sheet.ts',
        find: '(crc32(sheet.subarray(WORD_BYTES)) ^ LAYOUT)',
        replace: 'crc32(sheet.subarray(WORD_BYTES))',
      },
    ],
    suite: 'test/core/count/count-sheet.test.ts',
  },
  {
    name: 'sheet-runs-mixed',
    rule: 'A number in a sheet stands for the name that its own run gave it.',
    edits: [
      {
        file: 'core/count/sheet-names.ts',
        find: 'if (run !== this.#run) this.#names.fill(undefined);',
        replace: '',
      },
    ],
    suite: 'test/core/count/count-sheet.test.ts',
  },
  {
    name: 'place-by-number-alone',
    rule: 'Names that share a place in a batch are told apart.',
    edits: [
      {
        file: 'core/count/batch.ts',
        find: 'place?.names === names && isOfSlice',
        replace: 'place !== undefined && isOfSlice',
      },
    ],
    suite: 'test/core/count/batch.test.ts',
  },
  {
    name: 'waiting-lines-last',
    rule: 'Of two events with one identity in a chunk the first counts, also if only one of them was scanned.',
    edits: [
      {
        file: 'core/count/count.ts',
        find: 'const isTurn = !isScanned || this.#columns.add(event);',
        replace: 'const isTurn = isScanned && this.#columns.add(event);',
      },
    ],
    suite: 'test/core/count/count.test.ts',
  },
];
