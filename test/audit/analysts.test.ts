import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDb, type Row } from '../../adapters/embedded/duckdb.js';
import { FileRejectedSink } from '../../adapters/embedded/file-rejected-sink.js';
import { collect } from '../support/collect.js';
import { AuditEngine } from './audit-engine.js';

const DAY = '2026-11-20';
const FOLDER = join(__dirname, '../../sql/analysts');

let engine: AuditEngine;
let db: DuckDb;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
});
afterEach(async () => {
  db.close();
  await engine.dispose();
});

async function ask(name: string, ...values: (string | number)[]): Promise<Row[]> {
  db = await DuckDb.open({
    dataDirectory: engine.directory,
    database: ':memory:',
    memoryMegabytes: 256,
    threads: 1,
  });
  const rows = await collect(db.rows(readFileSync(join(FOLDER, `${name}.sql`), 'utf8'), values));
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]),
    ),
  );
}

const send = async (): Promise<void> => {
  const event = { id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 };
  await engine.send([event, { id: '2', time: `${DAY}T07:00:00Z`, subject: 'b', value: 9 }]);
  await engine.send([{ ...event, value: 6 }]);
  await engine.pump();
};

const PARAMETERS: Record<string, (string | number)[]> = {
  'daily-totals': [DAY],
  'duplicates-by-source': [DAY],
  'late-arrivals': [DAY],
  conflicts: [DAY, DAY],
  'top-subjects': [DAY, DAY, 'used', 1],
  'rejections-by-reason': [DAY],
  'drift-history': [DAY],
};

test.each(readdirSync(FOLDER))('%s answers with a totals row, also about nothing', async (file) => {
  const name = file.replace('.sql', '');
  expect((await ask(name, ...(PARAMETERS[name] ?? []))).length).toBeGreaterThanOrEqual(1);
});

test('daily totals count an event once, as the seal does', async () => {
  await send();
  expect(await ask('daily-totals', DAY)).toContainEqual({
    event_day: DAY,
    type: 'used',
    events: 2,
    value: 14,
  });
});

test('duplicates and conflicts name the event', async () => {
  await send();
  expect(await ask('duplicates-by-source', DAY)).toContainEqual({
    source: 'test',
    events: 2,
    deliveries: 3,
    duplicates: 1,
  });
  db.close();
  expect(await ask('conflicts', DAY, DAY)).toContainEqual(
    expect.objectContaining({ id: '1', value_min: 5, value_max: 6, value_sealed: 5 }),
  );
});

test('top subjects are ranked behind the totals row', async () => {
  await send();
  expect(await ask('top-subjects', DAY, DAY, 'used', 1)).toEqual([
    { place: 0, subject: null, value: 14, events: 2 },
    { place: 1, subject: 'b', value: 9, events: 1 },
  ]);
});

test('rejections are told apart by their reason', async () => {
  const sink = new FileRejectedSink(engine.directory);
  const rejected = { message: 'm', rejectedAtMs: Date.parse(`${DAY}T08:00:00Z`), line: "it's {" };
  await sink.put([
    { ...rejected, reason: 'day_refused' },
    { ...rejected, reason: 'line_unreadable' },
    { ...rejected, reason: 'day_refused' },
  ]);
  expect(await ask('rejections-by-reason', DAY)).toMatchObject([
    { reason: null, rejections: 3 },
    { reason: 'day_refused', rejections: 2 },
    { reason: 'line_unreadable', rejections: 1 },
  ]);
});

test('the drift history tells what the audit of each sealed day found', async () => {
  await send();
  engine.clock.set(Date.parse('2026-11-21T02:10:00Z'));
  expect(await engine.audit(DAY)).toMatchObject({ outcome: 'sealed' });
  expect(await ask('drift-history', DAY)).toMatchObject([
    { event_day: DAY, sequence: 1, kind: 'seal', value: 14, events: 2, counter_corrupt: 0 },
    { event_day: null, sequence: null, value: 14, events: 2 },
  ]);
  db.close();
  expect(await ask('drift-history', '2026-11-21')).toHaveLength(1);
});
