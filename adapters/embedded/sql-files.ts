import { readFile } from 'node:fs/promises';

/** The texts in `sql/`: each is one statement, but for the macros. */
export const readSql = (name: string): Promise<string> =>
  readFile(new URL(`../../sql/${name}.sql`, import.meta.url), 'utf8');
