import CliTable from 'cli-table3';

/** What a terminal would obey, an event's producer may have written. */
// eslint-disable-next-line no-control-regex -- control characters are the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Columns of text without rules or colours, so that they can be cut, sorted and pasted. Numbers line up at the right. */
export function tableOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const table = new CliTable({
    head: [...head],
    colAligns: isNumeric.map((is) => (is ? 'right' : 'left')),
    chars: NO_RULES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const row of rows) table.push(row.map(cellOf));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const cellOf = (value: string | number): string =>
  typeof value === 'number' ? formatCount(value) : value.replace(CONTROL, '\u{fffd}');

/** 1234567 → 1,234,567, whatever the locale. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

const NO_RULES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((place) => [place, '']),
);
