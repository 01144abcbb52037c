/** The analysts' queries of `sql/analysts`, as a person asks for them: with names in place of question marks. */
import { readdir } from 'node:fs/promises';
import { readSql } from '../adapters/embedded/sql-files.js';
import { dayBefore } from '../core/audit/reconciler.js';
import type { Day } from '../core/time.js';
import { CommandError } from './failure.js';

export interface QueryFlags {
  readonly from?: Day;
  readonly day?: Day;
  readonly type?: string;
  readonly limit: number;
}

type Values = (string | number)[];

const EVER: Day = '0000-01-01';
const since = ({ from }: QueryFlags): Day => from ?? EVER;

interface NamedQuery {
  /** As a person types it. */
  readonly flags: string;
  /** In the order of the text's question marks; `null`: a flag is missing. */
  readonly values: (flags: QueryFlags) => Values | null;
}

const SINCE: NamedQuery = { flags: '[--from <day>]', values: (flags) => [since(flags)] };

export const NAMED_QUERIES: Readonly<Record<string, NamedQuery>> = {
  'daily-totals': SINCE,
  'duplicates-by-source': SINCE,
  'late-arrivals': SINCE,
  'rejections-by-reason': SINCE,
  'drift-history': SINCE,
  conflicts: { ...SINCE, values: (flags) => [since(flags), since(flags)] },
  'top-subjects': {
    flags: '--day <day> --type <type> [--limit <count>]',
    values: ({ day, type, limit }) =>
      day === undefined || type === undefined ? null : [dayBefore(day), day, type, limit],
  },
};

const FOLDER = new URL('../sql/analysts/', import.meta.url);

/** Names of all queries, each with its flags and what it answers. */
export async function listQueries(): Promise<string[][]> {
  const names = (await readdir(FOLDER)).map((file) => file.replace(/\.sql$/, '')).sort();
  return Promise.all(
    names.map(async (name) => [
      name,
      NAMED_QUERIES[name]?.flags ?? '',
      aboutOf(await readSql(`analysts/${name}`)),
    ]),
  );
}

/** The comment that each text begins with, without its remark on parameters. */
const aboutOf = (sql: string): string => (/^-- (.*?)(?: Parameters?: .*)?$/m.exec(sql)?.[1] ?? '').trim();

export async function namedQuery(
  name: string,
  flags: QueryFlags,
): Promise<{ readonly sql: string; readonly values: Values }> {
  const query = NAMED_QUERIES[name];
  const names = Object.keys(NAMED_QUERIES).sort().join(', ');
  if (query === undefined)
    throw new CommandError('query_unknown', `there is no query ${JSON.stringify(name)}; accepted: ${names}`);
  const values = query.values(flags);
  if (values === null)
    throw new CommandError('query_unknown', `${name} needs more: tally sql --named ${name} ${query.flags}`);
  return { sql: await readSql(`analysts/${name}`), values };
}
