import { describeFailure } from './chaos-report.js';
import type { RunReport, Scenario } from './scenario.js';

const SCENARIO: Scenario = { seed: 7, eventCount: 100 };

const reportOf = (kind: string, what: readonly string[]): RunReport => ({
  seed: 7,
  violation: { kind, message: `${kind}: it is broken` },
  digest: '',
  eventCount: 1,
  requestCount: 1,
  drift: 0,
  faults: {},
  faultCount: 0,
  steps: 0,
  traceLines: what.map((line) => `11-24 03:17:04.371  ${line}`),
});

/** What a person is shown of a trace. */
function shown(kind: string, what: readonly string[]): string[] {
  const report = reportOf(kind, what);
  const text = describeFailure({ mutant: null, scenario: SCENARIO, seedCount: 1 }, report, {
    scenario: SCENARIO,
    report,
  });
  return text.split('\n').flatMap((line) => /^11-24 \S+ {2}(.*)$/.exec(line)?.[1] ?? []);
}

const AUDIT = [
  'audit-1     read lane 0, 23:50 after entry 0',
  'audit-1     list days',
  'audit-1     apply entry 1 of lane 0, 23:50 to type-1 -> known',
  'audit-1     write dt=2026-11-21/run=1/snapshot/lanes-000.tsv.gz',
  'audit-1     read dt=2026-11-21/run=1/totals.ndjson: requestLost',
  'audit-1     write dt=2026-11-21/run=1/notes/lanes-000.json  [timeOut]',
  'audit-1     apply entry 2 of lane 0, 23:50 to type-1 -> applied',
  'audit-1     put 2 totals of 2026-11-21, run 1 -> written',
];

it('shows of an audit what it changes, and what fails', () => {
  expect(shown('sealed-wrong', AUDIT)).toEqual(AUDIT.slice(4));
});

it('shows who asks only where an answer is wrong', () => {
  const lines = ['count-1     open day 2026-11-21', 'reader      query type-1 strong'];
  expect(shown('counter-exceeds', lines)).toEqual(lines.slice(0, 1));
  expect(shown('answer-wrong', lines)).toEqual(lines);
});

it('shows the end of a long trace, and says what is left out', () => {
  const lines = Array.from({ length: 150 }, (_, index) => `count-1     open day ${index}`);
  expect(shown('counter-exceeds', lines)).toEqual(lines.slice(30));
  const report = reportOf('counter-exceeds', lines);
  expect(
    describeFailure({ mutant: null, scenario: SCENARIO, seedCount: 1 }, report, {
      scenario: SCENARIO,
      report,
    }),
  ).toContain('30 lines before are left out');
});
