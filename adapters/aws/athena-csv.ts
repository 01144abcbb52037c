/** Results as Athena writes them to S3: each field in quotes, quotes within doubled, and nothing at all for null. */
import { TallyError } from '../../core/errors.js';

export type CsvRow = (string | null)[];

/**
 * Rows one at a time: a result may be larger than memory.
 *
 * @throws {TallyError} `audit_failed`: the text is not as Athena writes it, or ends within a row.
 */
export async function* readCsv(pieces: AsyncIterable<Uint8Array>): AsyncIterable<CsvRow> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of pieces) {
    const text = rest + decoder.decode(piece, { stream: true });
    let at = 0;
    for (let read = readRow(text, at); read !== null; read = readRow(text, at)) {
      yield read.row;
      at = read.next;
    }
    rest = text.slice(at);
  }
  rest += decoder.decode();
  if (rest !== '') throw unreadable('it ends within a row');
}

/** The row that begins here and where the next one does; `null`: its end has not come yet. */
function readRow(text: string, start: number): { row: CsvRow; next: number } | null {
  const row: CsvRow = [];
  let at = start;
  for (;;) {
    const isQuoted = text[at] === QUOTE;
    const end = isQuoted ? endOfQuoted(text, at) : at;
    const separator = text[end];
    if (separator === undefined) return null;
    row.push(isQuoted ? text.slice(at + 1, end - 1).replaceAll(QUOTE + QUOTE, QUOTE) : null);
    if (separator === '\n') return { row, next: end + 1 };
    if (separator !== ',') throw unreadable(`${JSON.stringify(separator)} stands where a field ends`);
    at = end + 1;
  }
}

const QUOTE = '"';

/** Just behind the quote that closes the field; the text's end, if it has not come or may be the first half of a doubled one. */
function endOfQuoted(text: string, start: number): number {
  let at = text.indexOf(QUOTE, start + 1);
  while (at !== -1 && text[at + 1] === QUOTE) at = text.indexOf(QUOTE, at + 2);
  return at === -1 ? text.length : at + 1;
}

const unreadable = (reason: string): TallyError =>
  new TallyError('audit_failed', `a result of Athena can't be read: ${reason}`);
