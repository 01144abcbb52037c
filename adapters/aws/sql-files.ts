import { existsSync, readFileSync } from 'node:fs';

/** Beside the bundle in a Lambda; in the checkout where the sources lie. */
const FOLDERS = [new URL('./sql/', import.meta.url), new URL('../../sql/', import.meta.url)];

const texts = new Map<string, string>();

/** A text of `sql/`, without its extension. Read once: a Lambda asks for the same few again and again. */
export function readSql(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const folder = FOLDERS.find((each) => existsSync(each));
  const text = readFileSync(new URL(`${name}.sql`, folder), 'utf8');
  texts.set(name, text);
  return text;
}
