import { NamesTable } from '../../core/names-table.js';
import { RequestBytes, TextSpan } from '../../core/request-bytes.js';

const USUAL = { source: 'web-1', type: 'page.viewed', subject: '/home', partitionKey: 'k1' };

/** Look names up, all with the same hash: what tells them apart must be their bytes. */
function find(table: NamesTable, texts: Record<keyof typeof USUAL, string>) {
  const bytes = Buffer.from(`--${Object.values(texts).join('')}--`);
  let at = 2;
  const spanOf = (text: string): TextSpan => {
    const span = new TextSpan();
    span.start = at;
    span.end = at += text.length;
    return span;
  };
  const spans = {
    source: spanOf(texts.source),
    type: spanOf(texts.type),
    subject: spanOf(texts.subject),
    partitionKey: spanOf(texts.partitionKey),
  };
  return table.find(new RequestBytes(bytes), spans);
}

it.each([
  { source: 'web-2' },
  { type: 'page.closed' },
  { subject: '/hame' },
  { partitionKey: 'k2' },
  { source: 'web-1p', type: 'age.viewed' },
  { subject: '/homek', partitionKey: '1' },
  { subject: '' },
])('tells names from others whose hash is the same: %j', (other) => {
  const table = new NamesTable();
  expect(find(table, USUAL)).toMatchObject(USUAL);
  expect(find(table, { ...USUAL, ...other })).toMatchObject({ ...USUAL, ...other });
  expect(find(table, USUAL)).toMatchObject(USUAL);
});

it('gives the same object for the same names', () => {
  const table = new NamesTable();
  expect(find(table, USUAL)).toBe(find(table, USUAL));
});

// Goal: names whose hash leads to one place do not take it from each other, event by event. Method: four of them in turns.
it('keeps four names of one hash', () => {
  const table = new NamesTable();
  const four = ['/', '/a', '/b', '/c'].map((subject) => ({ ...USUAL, subject }));
  const found = four.map((texts) => find(table, texts));
  expect(new Set(found).size).toBe(4);
  four.forEach((texts, index) => {
    expect(find(table, texts)).toBe(found[index]);
  });
});

it('makes the default key of a type and a subject, or of a type alone', () => {
  const table = new NamesTable();
  const withoutKey = { ...USUAL, partitionKey: '' };
  expect(find(table, withoutKey)?.partitionKey).toBe('page.viewed//home');
  expect(find(table, { ...withoutKey, subject: '' })?.partitionKey).toBe('page.viewed');
});

it('finds no names for what is no type, however often', () => {
  const table = new NamesTable();
  const wrong = { ...USUAL, type: 'no type' };
  expect([find(table, wrong), find(table, wrong), find(table, USUAL)]).toMatchObject([
    undefined,
    undefined,
    USUAL,
  ]);
});

it('finds names that are too long to be kept', () => {
  const table = new NamesTable();
  const long = { ...USUAL, subject: 's'.repeat(256) };
  expect([find(table, USUAL), find(table, long), find(table, USUAL)]).toMatchObject([USUAL, long, USUAL]);
});
