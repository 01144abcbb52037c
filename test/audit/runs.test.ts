/** What may happen to a run: cut off anywhere, repeated, overtaken, fed with nothing. */
import type { DuckDBValue } from '@duckdb/node-api';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDb, type Row } from '../../adapters/embedded/duckdb.js';
import { readSql } from '../../adapters/embedded/sql-files.js';
import { FenceLostError, type AuditLedger, type SealWriter } from '../../core/audit/ports.js';
import type { Reconciler, SqlEngine } from '../../core/audit/reconciler.js';
import { actFile } from '../../core/audit/act.js';
import { workFolder } from '../../core/audit/run.js';
import { AuditEngine } from './audit-engine.js';

const DAY = '2026-11-20';

let engine: AuditEngine;
beforeEach(async () => {
  engine = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  await engine.send([
    { id: '1', time: `${DAY}T07:00:00Z`, subject: 'a', value: 5 },
    { id: '2', time: `${DAY}T07:10:00Z`, subject: 'b' },
  ]);
  await engine.pump();
  // Never counted: so there is something to adjust.
  await engine.send([{ id: '3', time: `${DAY}T07:30:00Z`, subject: 'c', value: 7 }]);
  await engine.skipCounting();
  await engine.pump();
  engine.clock.set(Date.parse('2026-11-21T03:00:00Z'));
});
afterEach(() => engine.dispose());

/** Calls an object's methods until one of a name is due for the n-th time; that one fails, before or after it is done. */
function failing<T extends object>(
  target: T,
  name: keyof T,
  when: 'before' | 'after',
  isMeant: (args: unknown[]) => boolean = () => true,
): T {
  return new Proxy(target, {
    get: (object, property) => {
      const value: unknown = Reflect.get(object, property);
      if (typeof value !== 'function') return value;
      const method = value.bind(object) as (...args: unknown[]) => unknown;
      if (property !== name) return method;
      return async (...args: unknown[]) => {
        if (!isMeant(args)) return method(...args);
        if (when === 'after') await method(...args);
        throw new Error('killed');
      };
    },
  });
}

async function* nothing(): AsyncIterable<never> {
  // No row at all, not even the totals.
}

async function* firstTwo(rows: AsyncIterable<Row>): AsyncIterable<Row> {
  let left = 2;
  for await (const row of rows) {
    if (left-- <= 0) return;
    yield row;
  }
}

type Rows = (this: DuckDb, sql: string, values?: DuckDBValue[]) => AsyncIterable<Row>;

/** DuckDB answers, but of one text's answer only what `change` leaves arrives. */
async function whileAnswering(
  name: string,
  change: (rows: AsyncIterable<Row>) => AsyncIterable<Row>,
  work: () => Promise<void>,
): Promise<void> {
  const text = await readSql(name);
  const original = Object.getOwnPropertyDescriptor(DuckDb.prototype, 'rows')?.value as Rows;
  const spy = jest.spyOn(DuckDb.prototype, 'rows').mockImplementation(function (this: DuckDb, sql, values) {
    const rows = original.call(this, sql, values);
    return sql === text ? change(rows) : rows;
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
}

async function expectRightSeal(): Promise<void> {
  expect(await engine.ports.ledger.sealedThrough()).toBe(DAY);
  expect(await engine.query('used')).toMatchObject({ value: 13, events: 3 });
  const minutes = await engine.query('used', { granularity: 'PT1M', from: DAY });
  expect(minutes).toMatchObject({ value: 13, events: 3 });
  expect(await engine.verify()).toMatchObject({ actCount: 1, problems: [] });
}

const LEDGER_STEPS: (keyof AuditLedger)[] = ['beginRun', 'beginTotals', 'newestAct', 'seal'];
const WRITER_STEPS: (keyof SealWriter)[] = ['putTotals', 'putTop', 'putAdjustments'];

test.each([
  ...LEDGER_STEPS.map((step) => ({ port: 'ledger' as const, step })),
  ...WRITER_STEPS.map((step) => ({ port: 'writer' as const, step })),
])('killed at $step, before or after it, and started again: the same seal', async ({ port, step }) => {
  for (const when of ['before', 'after'] as const) {
    const killed = { [port]: failing(engine.ports[port], step as never, when) };
    await expect(engine.audit(DAY, undefined, killed)).rejects.toThrow('killed');
  }
  await engine.audit(DAY);
  await expectRightSeal();
});

const FILES = [
  'snapshot/lanes-000.tsv.gz',
  'notes/lanes-000.json',
  'snapshot/shards-000.tsv.gz',
  'notes/shards-000.json',
  'journal_ids/lanes-000.tsv.gz',
  'drift/all.tsv.gz',
  'corrections/all.tsv.gz',
  'totals.ndjson',
  'report.json',
].map((name) => `dt=${DAY}/run=1/${name}`);

test.each([...FILES, actFile(1)])(
  'killed at the file %s, before or after it: the same seal',
  async (name) => {
    for (const when of ['before', 'after'] as const) {
      // Each attempt is a run of its own, and so has a folder of its own.
      const isIt = (path: string): boolean => path.replace(/run=\d+/, 'run=1') === name;
      const killed = { files: failing(engine.ports.files, 'write', when, ([path]) => isIt(path as string)) };
      await engine.audit(DAY, undefined, killed).then(
        // Behind the seal, what is cut off is not asked for again: the day is sealed, and says so.
        ({ outcome }) => expect([when, outcome]).toEqual(['after', 'sealed']),
        (error: Error) => expect(error.message).toBe('killed'),
      );
    }
    await engine.audit(DAY);
    await expectRightSeal();
  },
);

test.each(['stage', 'reconcile', 'checkReceipts', 'compareIds', 'close'] as const)(
  'killed behind the query %s: the same seal',
  async (step) => {
    const sql: SqlEngine = {
      openRun: async (fence) => failing(await engine.ports.sql.openRun(fence), step, 'after'),
    };
    await expect(engine.audit(DAY, undefined, { sql })).rejects.toThrow('killed');
    await engine.audit(DAY);
    await expectRightSeal();
  },
);

test.each(['lanes-000', 'shards-000'])(
  'a part of the snapshot that SQL finds empty seals nothing: %s',
  async (part) => {
    const sql: SqlEngine = {
      openRun: async (fence) => {
        const folder = join(engine.directory, 'audit', workFolder(fence, 'snapshot'));
        writeFileSync(join(folder, `${part}.tsv.gz`), gzipSync(''));
        return engine.ports.sql.openRun(fence);
      },
    };
    await expect(engine.audit(DAY, undefined, { sql })).rejects.toMatchObject({ code: 'audit_failed' });
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
    await engine.audit(DAY);
    await expectRightSeal();
  },
);

test('a slow old run that goes on after a newer one has sealed writes nothing', async () => {
  const { writer } = engine.ports;
  // The old run stands before its first write while the newer one does everything.
  const slow = new Proxy(writer, {
    get: (object, property) => {
      const method = (Reflect.get(object, property) as (...args: unknown[]) => unknown).bind(object);
      return async (...args: unknown[]) => {
        if ((await engine.ports.ledger.sealedThrough()) === null) await engine.audit(DAY);
        return method(...args);
      };
    },
  });
  await expect(engine.audit(DAY, undefined, { writer: slow })).rejects.toThrow(FenceLostError);
  await expectRightSeal();
});

test('two audits of one day at once: one seals, the other stops', async () => {
  const outcomes = await Promise.allSettled([engine.audit(DAY), engine.audit(DAY)]);
  const sealed = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  const stopped = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(sealed).toHaveLength(1);
  expect(stopped.map(({ reason }) => reason as unknown)).toEqual([expect.any(FenceLostError)]);
  await expectRightSeal();
});

test('what a run that died wrote, and the next one does not find any more, is taken back', async () => {
  // Beside the day's own files, one that should not be there: another's events.
  const other = await AuditEngine.start(`${DAY}T08:00:00.000Z`);
  await other.send([{ id: 'x', time: `${DAY}T07:30:00Z`, type: 'foreign', subject: 's', value: 9 }]);
  await other.pump();
  const [foreign = ''] = other.archiveFiles();
  const [own = ''] = engine.archiveFiles();
  const placed = own.replace('.ndjson.gz', '-foreign.ndjson.gz');
  copyFileSync(foreign, placed);
  await other.dispose();

  const killed = { ledger: failing(engine.ports.ledger, 'seal', 'before') };
  await expect(engine.audit(DAY, undefined, killed)).rejects.toThrow('killed');
  renameSync(placed, `${placed}.away`);
  await engine.audit(DAY);
  await expectRightSeal();
  for (const granularity of ['PT1M', 'PT1H', 'P1D'])
    expect(await engine.query('foreign', { granularity, from: DAY })).toMatchObject({ value: 0, rows: [] });
  expect(await engine.query('foreign')).toMatchObject({ value: 0, events: 0 });
});

describe('a query that fails, or comes back empty, seals nothing', () => {
  const withReconciler = (change: Partial<Reconciler>): SqlEngine => ({
    openRun: async (fence) => {
      const reconciler = await engine.ports.sql.openRun(fence);
      return new Proxy(reconciler, {
        get: (object, property) => {
          const own: unknown = Reflect.get(change, property);
          if (own !== undefined) return own;
          const value: unknown = Reflect.get(object, property);
          return typeof value === 'function' ? (value.bind(object) as unknown) : value;
        },
      });
    },
  });
  const fail = () => Promise.reject(new Error('no answer'));

  test.each(['stage', 'reconcile', 'checkReceipts', 'compareIds'] as const)('%s', async (step) => {
    await expect(engine.audit(DAY, undefined, { sql: withReconciler({ [step]: fail }) })).rejects.toThrow(
      'no answer',
    );
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  });

  test.each(['lines', 'reconcile', 'receipts', 'ids', 'totals', 'top'])(
    'sql/%s.sql answers without a row',
    async (name) => {
      await whileAnswering(name, nothing, () =>
        expect(engine.audit(DAY)).rejects.toMatchObject({ code: 'audit_failed' }),
      );
      expect(await engine.ports.ledger.sealedThrough()).toBeNull();
      await engine.audit(DAY);
      await expectRightSeal();
    },
  );

  test('sql/totals.sql loses its last rows', async () => {
    await whileAnswering('totals', firstTwo, () =>
      expect(engine.audit(DAY)).rejects.toMatchObject({ code: 'audit_failed' }),
    );
    expect(await engine.ports.ledger.sealedThrough()).toBeNull();
  });

  test('an archive that is read as empty is a loss with receipts to prove it, never a truth', async () => {
    for (const file of engine.archiveFiles().slice(0, 2)) renameSync(file, `${file}.away`);
    const report = await engine.audit(DAY);
    // What was never counted is now known to nobody but the receipts.
    expect(report).toMatchObject({ archived: { events: 0 } });
    expect(report.findings).toHaveProperty('archive_lost');
    expect(report.isArchiveIncomplete).toBe(true);
  });
});

test('days are sealed in order', async () => {
  await engine.send([{ id: 'late', time: '2026-11-21T02:59:00Z' }]);
  engine.clock.set(Date.parse('2026-11-22T03:00:00Z'));
  expect(await engine.audit('2026-11-21')).toMatchObject({
    outcome: 'waiting',
    reason: expect.stringContaining(DAY) as string,
  });
});

test('a clock that jumped stops sealing', async () => {
  const findSealingDoubt = async () => 'the clock jumped';
  expect(await engine.audit(DAY, undefined, { findSealingDoubt })).toMatchObject({ outcome: 'waiting' });
  expect(await engine.ports.ledger.sealedThrough()).toBeNull();
});

test('a marker that the archive lost is put again by the next run', async () => {
  const killed = { ledger: failing(engine.ports.ledger, 'beginTotals', 'before') };
  await expect(engine.audit(DAY, undefined, killed)).rejects.toThrow('killed');
  const [marker = ''] = engine.archiveFiles().slice(-1);
  renameSync(marker, `${marker}.away`);
  expect(await engine.audit(DAY)).toMatchObject({ outcome: 'sealed' });
  await expectRightSeal();
});

// A mistyped year put a day on record that nothing could ever seal, and every seal waited for it.
test('a day before all that was ever counted is not begun, so that no seal has to wait for it', async () => {
  expect(await engine.audit('2020-01-01')).toMatchObject({
    outcome: 'waiting',
    runNumber: 0,
    reason: expect.stringContaining('was ever counted') as string,
  });
  expect((await engine.ports.ledger.listDays({})).map(({ day }) => day)).toEqual([DAY]);
  await engine.audit(DAY);
  expect(await engine.audit('2026-11-19')).toMatchObject({ outcome: 'waiting', runNumber: 0 });
  await expectRightSeal();
});

test('an act whose file was cut off gets it in the next round, also when nothing is due', async () => {
  const { files } = engine.ports;
  const withoutActs = new Proxy(files, {
    get: (object, property) => {
      if (property !== 'write') return (Reflect.get(object, property) as () => unknown).bind(object);
      return (name: string, pieces: AsyncIterable<string>) =>
        name.startsWith('acts/') ? Promise.reject(new Error('killed')) : object.write(name, pieces);
    },
  });
  await expect(engine.audit(DAY, undefined, { files: withoutActs })).rejects.toThrow('killed');
  await engine.auditDue();
  await expectRightSeal();
});
