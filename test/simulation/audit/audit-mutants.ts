import type { Mutant } from '../mutants.js';

const BEGIN = 'core/audit/begin-audit.ts';
const LEDGER = 'test/simulation/audit/simulated-ledger.ts';

/** Rules of days, seals and adjustments, each left out. */
export const AUDIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'audit-without-settle',
    rule: 'The audit settles the newest entry of every journal before it looks.',
    edits: [
      {
        file: 'core/audit/snapshot.ts',
        find: 'if (newest !== undefined) await shards.apply(journal, newest.number, newest.increments, expiresAtMs);',
        replace: 'void newest; void shards; void expiresAtMs;',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'snapshot-before-marker',
    rule: 'No marker seen, no snapshot: a backlog postpones the seal.',
    edits: [
      { file: BEGIN, find: 'if (isOpen) return true;', replace: 'if (!isOpen || isOpen) return true;' },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'archive-before-marker',
    rule: 'The archive is asked only when the marker has come through it.',
    edits: [
      {
        file: BEGIN,
        find: 'isOpen || markedStripes.length >= stripeCount',
        replace: 'isOpen || markedStripes.length >= 0 * stripeCount',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'marker-before-counted',
    rule: 'Counting has passed a marker only when everything before it is counted.',
    edits: [
      {
        file: 'core/count/count.ts',
        find: 'await this.#register(batch.types);',
        replace:
          'await this.#register(batch.types);\n' +
          '    if (batch.markers.length > 0) await this.ports.markers?.markersPassed(batch.markers);',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'marker-put-once',
    rule: 'A marker that the archive lost is put again.',
    edits: [
      {
        file: BEGIN,
        find: 'await putMarkers(ports, options, run);',
        replace:
          'if (!(await hasCountingPassed(ports, options, run))) await putMarkers(ports, options, run);',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'unknown-day-opened',
    rule: 'An audit by hand puts no day on record that has to be sealed before what is sealed.',
    edits: [{ file: BEGIN, find: 'if (bar !== null) return', replace: 'if (bar === day) return' }],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'seal-before-close',
    rule: 'A day is sealed only when it is closed.',
    edits: [
      {
        file: BEGIN,
        find: 'const isOpen = ports.clock.nowMs() < closeMsOf(settings, day);',
        replace: 'const isOpen = false;',
      },
      {
        file: BEGIN,
        find: "if (nowMs < closeMsOf(settings, day) + MARKER_DELAY_MS) return 'the day has closed only just now';",
        replace: '',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'stale-adjustment',
    rule: 'An adjustment of an earlier run that is not needed any more is written again, as zero.',
    edits: [
      {
        file: 'core/audit/correct.ts',
        find: 'if (!isDone.has(`${hour}\\n${counter}`))',
        replace: 'if (hour.length === 0)',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'unfenced-run',
    rule: 'A run that was overtaken by a newer one writes nothing any more.',
    edits: [
      {
        file: LEDGER,
        find: 'return this.#runsOf(day).runNumber === runNumber;',
        replace: 'return this.#runsOf(day).runNumber >= runNumber;',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'unfenced-sealed-day',
    rule: 'Nothing is written for a day that is sealed.',
    edits: [{ file: LEDGER, find: 'if (this.days.isSealed(day)) return false;', replace: '' }],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'lateness-of-begun-days',
    rule: 'A new lateness is for days that have not begun.',
    edits: [
      {
        file: 'core/settings.ts',
        find: 'const fromDay = dayOf(nowMs + HOUR_MS + DAY_MS);',
        replace: 'const fromDay = dayOf(nowMs - 2 * DAY_MS);',
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'seal-out-of-order',
    rule: 'Days are sealed in order.',
    edits: [{ file: BEGIN, find: 'if (earlier !== null) return', replace: 'if (earlier === day) return' }],
    seeds: 600,
    caughtBy: 'outcome',
  },
  {
    name: 'archive-loss-believed',
    rule: 'Where the archive lost what the journals have, the journals are believed.',
    edits: [
      {
        file: 'core/audit/judge.ts',
        find: "{ verdict: 'archive_lost', target: explained, isHeld: false }",
        replace: "{ verdict: 'archive_lost', target: archived, isHeld: false }",
      },
    ],
    seeds: 600,
    caughtBy: 'outcome',
  },
];
