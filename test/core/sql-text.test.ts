import { DuckDBInstance } from '@duckdb/node-api';
import { bindLiterals, overQueries, sqlLiteral, sqlName, viewQuery } from '../../core/sql-text.js';

const HOSTILE = [
  "it's",
  "'; drop table events; --",
  "''",
  '\\',
  "\\'",
  '?',
  '"quoted"',
  '-- no comment',
  '/* nor this */',
  '\u{1f600} ÅŚ',
  '',
];

/** What the engine makes of a text. */
async function ask(sql: string): Promise<unknown> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(sql)).getRows()[0]?.[0];
}

describe('sqlLiteral', () => {
  it.each(HOSTILE)('is read back as it was: %j', async (value) => {
    expect(await ask(`select ${sqlLiteral(value)}`)).toBe(value);
  });

  it.each(['\n', '\t', '\u0000', '\u007f', '\ud800'])('refuses %j', (value) => {
    expect(() => sqlLiteral(value)).toThrow(RangeError);
  });

  it('writes integers as they are, and refuses what is none', () => {
    expect(sqlLiteral(-7)).toBe('-7');
    for (const value of [1.5, Number.NaN, 2 ** 53]) expect(() => sqlLiteral(value)).toThrow(RangeError);
  });
});

describe('sqlName', () => {
  it.each(['a"b', 'tally-db', 'select'])('names a column as it was: %j', async (name) => {
    expect(await ask(`select ${sqlName(name)} from (select 1 as ${sqlName(name)}) as t`)).toBe(1);
  });

  it.each(['', 'a\nb'])('refuses %j', (name) => {
    expect(() => sqlName(name)).toThrow(RangeError);
  });
});

describe('bindLiterals', () => {
  it.each(HOSTILE)('puts a value in place of its parameter, whatever is in it: %j', async (value) => {
    expect(await ask(bindLiterals('select ? || ?', [value, '.']))).toBe(`${value}.`);
  });

  it('leaves alone what only looks like a parameter', () => {
    const text = `select '?', "?", 'it''s ?' -- why?\n, ?`;
    expect(bindLiterals(text, [1])).toBe(`select '?', "?", 'it''s ?' -- why?\n, 1`);
  });

  it.each([[[]], [[1, 2]]])('refuses %j for one parameter', (values) => {
    expect(() => bindLiterals('select ?', values)).toThrow('1 parameters');
  });
});

describe('viewQuery', () => {
  it('is what stands behind the heading', () => {
    expect(viewQuery('-- What it is.\n-- More.\ncreate or replace view events as\nselect 1\n')).toBe(
      'select 1',
    );
  });

  it('refuses a text that creates no view', () => {
    expect(() => viewQuery('select 1')).toThrow(RangeError);
  });
});

describe('overQueries', () => {
  it('stands before a text that has tables of its own, and keeps its order', async () => {
    const text = '-- About it.\nwith b as (select max(x) as x from a)\nselect x from b order by x';
    expect(await ask(overQueries(text, [['a', 'select 2 as x union all select 3']]))).toBe(3);
    expect(overQueries(text, [['a', 'select 1']])).toMatch(/^with a as \(\nselect 1\n\), b as/);
  });

  it('stands before a text that has none', async () => {
    expect(await ask(overQueries('select x from a', [['a', 'select 4 as x']]))).toBe(4);
  });
});
