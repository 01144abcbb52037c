import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_ERROR_CODES } from '../../cli/failure.js';
import { CLIENT_ERROR_CODES } from '../../client/errors.js';
import { EVENT_ERROR_CODES, OPERATION_ERROR_CODES, REQUEST_ERROR_CODES } from '../../core/errors.js';

const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');

/** The codes that stand as headings below a heading, in order. */
function codesBelow(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? '');
}

it.each([
  { heading: 'Errors of an event', codes: EVENT_ERROR_CODES },
  { heading: 'Errors of a request', codes: REQUEST_ERROR_CODES },
  { heading: 'Errors of an operation', codes: OPERATION_ERROR_CODES },
  {
    heading: 'Errors of the client and the command line',
    codes: [...CLIENT_ERROR_CODES, ...COMMAND_ERROR_CODES],
  },
])('docs/errors.md explains each code and no other: $heading', ({ heading, codes }) => {
  expect(codesBelow(heading).sort()).toEqual([...codes].sort());
});

it('explains each code in at least a sentence', () => {
  const empty = page
    .split(/^### /m)
    .slice(1)
    .filter((part) => part.split('\n').slice(1).join('').trim().length < 30);
  expect(empty).toEqual([]);
});
