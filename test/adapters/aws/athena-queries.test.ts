import { AUDIT_QUERIES, auditQueryText, type AthenaRun } from '../../../adapters/aws/athena-queries.js';
import { sqlFolder } from '../../../core/sql-tables.js';

const run: AthenaRun = {
  fence: { day: '2026-11-20', runNumber: 3 },
  database: 'tally',
  workUri: 's3://results/work/dt=2026-11-20/run=3',
  suspectHours: ['2026-11-20T09'],
};

/** Athena refuses longer ones. */
const QUERY_BYTES_MAX = 262_144;

it.each(AUDIT_QUERIES)('%s is bound to the run, marked, and asks nothing but what it is given', (query) => {
  const text = auditQueryText(query, run);
  expect(text).toContain(`/* sql/${query}.sql */`);
  expect(text.replaceAll(/--[^\n]*/g, '')).not.toContain('?');
  // Every table is the database's own, and every table of a run is asked for that run alone.
  const tables = [...text.matchAll(/from ("[^ \n]*)([^\n]*)/g)];
  expect(tables.length).toBeGreaterThan(0);
  for (const [, table, rest] of tables) {
    expect(table).toMatch(/^"tally"\."(raw|audit)_\w+"$/);
    if (table?.includes('audit_')) expect(rest).toContain(`where dt = '2026-11-20' and run = '3'`);
  }
});

it('stages into a folder of its own for each try, and reads that one', () => {
  const second = { ...run, stageAttempt: 2 };
  const folder = sqlFolder('audit_staged', { dt: '2026-11-20', run: '3', attempt: '2' });
  expect(auditQueryText('stage', second)).toContain(`to 's3://results/${folder}'`);
  expect(auditQueryText('lines', second)).toContain(`attempt = '2'`);
  expect(auditQueryText('stage', run)).toContain('/attempt=1/');
});

it('names the hours whose ids are compared, and refuses to compare those of none', () => {
  const hours = ['2026-11-20T09', '2026-11-20T10'];
  expect(auditQueryText('ids', { ...run, suspectHours: hours })).toContain(
    `values ('2026-11-20T09'), ('2026-11-20T10')`,
  );
  expect(() => auditQueryText('ids', { ...run, suspectHours: [] })).toThrow(RangeError);
});

it('stays within what Athena takes, with every hour of a day', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => `2026-11-20T${String(hour).padStart(2, '0')}`);
  for (const query of AUDIT_QUERIES) {
    const text = auditQueryText(query, { ...run, suspectHours: hours });
    expect(Buffer.byteLength(text)).toBeLessThan(QUERY_BYTES_MAX / 10);
  }
});

it('lets nothing out of its literal', () => {
  const hostile: AthenaRun = {
    ...run,
    database: `a"; drop table x; --`,
    workUri: `s3://b/it's`,
    suspectHours: [`' or '1' = '1`],
  };
  expect(auditQueryText('stage', hostile)).toContain(`to 's3://b/it''s/staged/attempt=1/'`);
  expect(auditQueryText('ids', hostile)).toContain(`values (''' or ''1'' = ''1')`);
  expect(auditQueryText('lines', hostile)).toContain(`from "a""; drop table x; --"."audit_staged"`);
});
