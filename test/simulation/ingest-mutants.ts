import type { SuiteMutant } from './suite-mutants.js';

const SCANNER = 'core/event-scanner.ts';
const SCANNER_TEST = 'test/core/event-scanner.test.ts';

/** Breakages of the way from a request to a chunk's lines. */
export const INGEST_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'given-names-forgotten',
    rule: 'An event read by a layout with a source and a type has that source and that type.',
    edits: [{ file: SCANNER, find: '      if (given.length > 0) this.#takeGiven(given);\n', replace: '' }],
    suite: SCANNER_TEST,
  },
  {
    name: 'given-value-forgotten',
    rule: 'An event read by a layout with a value has that value.',
    edits: [{ file: SCANNER, find: '    if (isValueGiven) this.#data = VALUE_ONE;\n', replace: '' }],
    suite: SCANNER_TEST,
  },
  {
    name: 'names-by-their-lengths',
    rule: 'Names are told apart by all their bytes.',
    edits: [
      {
        file: 'core/names-table.ts',
        find: 'if (rows[at++] !== wordOf(bytes, from, subject.end)) return false;',
        replace: 'at++;',
      },
    ],
    suite: 'test/core/names-table.test.ts',
  },
  {
    name: 'room-shared',
    rule: 'Lines are written into room that nobody else writes into.',
    edits: [{ file: 'core/line-writer.ts', find: '  spareRoom = undefined;\n', replace: '' }],
    suite: 'test/core/line-writer.test.ts',
  },
  {
    name: 'body-room-released-early',
    rule: 'A body has its room for itself until the request is answered.',
    edits: [
      {
        file: 'server/http/events-listener.ts',
        find: '    const answer = await take(request, key, body);\n',
        replace: '    rooms.release(body);\n    const answer = await take(request, key, body);\n',
      },
    ],
    suite: 'test/server/http/events-listener.test.ts',
  },
];
