/** Rules of the audit, each left out: the tests on real LMDB, files and DuckDB must notice. */
import type { SuiteMutant } from './suite-mutants.js';

const PLANTED = 'test/audit/planted-faults.test.ts';
const RUNS = 'test/audit/runs.test.ts';
const IDENTITY = 'test/audit/identity.test.ts';
const JUDGE = 'core/audit/judge.ts';

export const AUDIT_MUTANTS: readonly SuiteMutant[] = [
  {
    name: 'sql-identity-without-partitionkey',
    rule: 'SQL tells events apart by all that makes them different.',
    edits: [
      {
        file: 'sql/reconcile.sql',
        find: ', is_repeated, source, id, partitionkey, slice',
        replace: ', is_repeated, source, id, slice',
      },
    ],
    suite: IDENTITY,
  },
  {
    name: 'sql-least-value-wins',
    rule: 'Of different bodies under one identity, the first to arrive is sealed.',
    edits: [
      {
        file: 'sql/reconcile.sql',
        find: 'coalesce(value, value_min) as value',
        replace: 'value_min as value',
      },
    ],
    suite: IDENTITY,
  },
  {
    name: 'sql-partitionkey-forgotten',
    rule: 'An id computed by SQL is the one that counting computes.',
    edits: [
      {
        file: 'sql/ids.sql',
        find: "|| coalesce(partitionkey, type || '/' || subject)",
        replace: "|| coalesce(partitionkey, '')",
      },
    ],
    suite: IDENTITY,
  },
  {
    name: 'sql-positions-counted-twice',
    rule: 'A file that is there twice is no difference to its receipts.',
    edits: [
      {
        file: 'sql/receipts.sql',
        find: 'group by chunk, event_hour, position',
        replace: 'group by chunk, event_hour, position, id, random()',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'sql-inner-join',
    rule: 'A counter that nobody expects is found.',
    edits: [{ file: 'sql/reconcile.sql', find: 'full outer join snapped', replace: 'inner join snapped' }],
    suite: PLANTED,
  },
  {
    name: 'judge-nets-only',
    rule: 'Ids decide and not nets: losses cancel.',
    edits: [
      {
        file: 'core/audit/judge-day.ts',
        find: '    ...evidence.receipts.incomplete.map(({ hour }) => hour),\n',
        replace: '',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'judge-over-count-sealed',
    rule: 'What nobody can explain is held until an operator decides.',
    edits: [
      {
        file: JUDGE,
        find: "{ verdict: 'over_count', target: explained, isHeld: true }",
        replace: "{ verdict: 'over_count', target: explained, isHeld: false }",
      },
      {
        file: JUDGE,
        find: "if (hour.extraCount > 0 && hour.extraCount > hour.lostEventCount) verdicts.push('over_count');",
        replace: '',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'judge-missing-forgotten',
    rule: 'What was accepted and never counted is added.',
    edits: [
      {
        file: JUDGE,
        find: 'const explained = plus(row.journaled, row.missing);',
        replace: 'const explained = row.journaled;',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'unsound-entry-believed',
    rule: 'An entry whose parts disagree holds the day.',
    edits: [
      {
        file: 'core/audit/read-journals.ts',
        find: 'return incremented === entry.eventCount && idCountOf(entry) === entry.eventCount;',
        replace: 'return incremented >= 0;',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'verify-without-store',
    rule: 'A stored total that is not as it was sealed is found.',
    edits: [
      {
        file: 'core/audit/verify.ts',
        find: 'if (stored !== expected)',
        replace: 'if (stored !== expected && expected.length === 0)',
      },
    ],
    suite: PLANTED,
  },
  {
    name: 'fence-forgotten',
    rule: 'A run that was overtaken writes nothing.',
    edits: [
      {
        file: 'adapters/embedded/lmdb-ledger.ts',
        find: 'if (isSealed || runs.runNumber !== fence.runNumber) throw new FenceLostError(fence);',
        replace: 'void isSealed; void FenceLostError;',
      },
    ],
    suite: RUNS,
  },
  {
    name: 'empty-answer-is-truth',
    rule: 'An answer without its totals row is an error, never a truth.',
    edits: [
      {
        file: 'adapters/embedded/duckdb-reconciler.ts',
        find: "    return reconciliationOf(await this.all('reconcile'));",
        replace:
          "    const rows = await this.all('reconcile');\n    if (rows.length === 0) return { totals: { archived: { value: 0, events: 0 }, journaled: { value: 0, events: 0 }, counted: { value: 0, events: 0 }, counterHourCount: 0 }, drift: [] };\n    return reconciliationOf(rows);",
      },
      // It guards the same from behind.
      {
        file: 'core/audit/find-drift.ts',
        find: '  requireWholeSnapshot(reconciliation, notes);\n',
        replace: '',
      },
    ],
    suite: RUNS,
  },
];
