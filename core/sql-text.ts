/** The texts of `sql/` as Athena runs them: values as literals, views and working tables as common table expressions. */

/** A query under the name by which a text asks for it. */
export type NamedQuery = readonly [name: string, query: string];

/** Control characters are in no day, hour or name; a lone surrogate has no UTF-8. */
// eslint-disable-next-line no-control-regex -- control characters are the point
const UNWRITABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/**
 * A value as both engines' SQL writes it. In a text literal only the quote means anything, and it is doubled.
 *
 * @throws {RangeError} a text that has no place in SQL, or a number that is no exact integer (a bug in the caller).
 */
export function sqlLiteral(value: string | number): string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value);
    throw new RangeError(`a number in SQL must be an exact integer, got ${value}`);
  }
  if (UNWRITABLE.test(value)) throw new RangeError(`a text in SQL can't be ${JSON.stringify(value)}`);
  return `'${value.replaceAll("'", "''")}'`;
}

/** A name as both engines' SQL writes it. @throws {RangeError} as `sqlLiteral`. */
export function sqlName(name: string): string {
  if (name === '' || UNWRITABLE.test(name)) throw new RangeError(`a name can't be ${JSON.stringify(name)}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** What holds no parameter: comments, text literals, quoted names; or a parameter. */
const PARAMETER = /--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

/** Put each value in place of its `?`, in order. @throws {RangeError} too many values or too few. */
export function bindLiterals(text: string, values: readonly (string | number)[]): string {
  let boundCount = 0;
  const bound = text.replaceAll(PARAMETER, (found) => {
    if (found !== '?') return found;
    const value = values[boundCount++];
    return value === undefined ? '?' : sqlLiteral(value);
  });
  if (boundCount === values.length) return bound;
  throw new RangeError(`the text has ${boundCount} parameters, got ${values.length} values`);
}

const HEADING = /^(?:\s*--[^\n]*\n)*\s*/;
const CREATE_VIEW = /^create or replace view \w+ as\s+/i;

/** A text without the comment above it. */
const bodyOf = (text: string): string => text.replace(HEADING, '').trimEnd();

/** The query of a view's file. @throws {RangeError} the file creates no view. */
export function viewQuery(text: string): string {
  const body = bodyOf(text);
  if (CREATE_VIEW.test(body)) return body.replace(CREATE_VIEW, '');
  throw new RangeError(`no view is created by ${JSON.stringify(body.slice(0, 80))}`);
}

/**
 * A text over queries that stand for the tables it names.
 *
 * They go before the text's own `with`, not around the text: an engine may forget the order of rows in a subquery.
 */
export function overQueries(text: string, queries: readonly NamedQuery[]): string {
  const body = bodyOf(text);
  if (queries.length === 0) return body;
  const list = queries.map(([name, query]) => `${name} as (\n${query}\n)`).join(', ');
  return /^with\s/i.test(body) ? `with ${list}, ${body.replace(/^with\s+/i, '')}` : `with ${list}\n${body}`;
}
