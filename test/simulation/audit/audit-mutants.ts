import type { Mutant } from '../mutants.js';

const BEGIN = 'core/audit/begin-audit.ts';
const LEDGER = 'test/simulation/audit/simulated-ledger.ts';
const TOTALS = 'test/simulation/audit/simulated-totals.ts';

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
    seeds: 250,
    caughtBy: 'outcome',
  },
  {
    name: 'snapshot-before-marker',
    rule: 'No marker seen, no snapshot: a backlog postpones the seal.',
    edits: [
      { file: BEGIN, find: 'if (isOpen) return true;', replace: 'if (!isOpen || isOpen) return true;' },
    ],
    seeds: 200,
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
    seeds: 100,
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
    seeds: 40,
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
    seeds: 60,
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
    seeds: 60,
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
    seeds: 40,
    caughtBy: 'outcome',
  },
  {
    name: 'unfenced-totals',
    rule: 'Totals and adjustments of a run that was overtaken are not written over those of a newer one.',
    edits: [
      {
        file: TOTALS,
        find: 'if (!ledger.holds(fence)) return FENCE_LOST;',
        replace: 'if (isSealed(fence.day)) return FENCE_LOST;',
      },
    ],
    seeds: 100,
    caughtBy: 'outcome',
  },
  {
    name: 'unfenced-sealed-day',
    rule: 'No run writes to a day that is sealed.',
    edits: [{ file: TOTALS, find: 'if (!ledger.holds(fence)) return FENCE_LOST;', replace: '' }],
    seeds: 60,
    caughtBy: 'outcome',
  },
  {
    name: 'lateness-of-begun-days',
    rule: 'A new lateness is for days that have not begun.',
    edits: [
      {
        file: 'core/settings.ts',
        find: 'const fromDay = dayOf(nowMs + HOUR_MS + DAY_MS);',
        replace: 'const fromDay = dayOf(nowMs);',
      },
    ],
    seeds: 80,
    caughtBy: 'outcome',
  },
  {
    name: 'lateness-raised-for-begun-days',
    rule: 'A longer lateness, too, is for days that have not begun.',
    edits: [
      {
        file: 'core/settings.ts',
        find: 'const fromDay = dayOf(nowMs + HOUR_MS + DAY_MS);',
        replace:
          'const isRaised = latenessMs > (stored.lateness.at(-1)?.latenessMs ?? 0);\n' +
          '  const fromDay = dayOf(isRaised ? nowMs - DAY_MS : nowMs + HOUR_MS + DAY_MS);',
      },
    ],
    seeds: 250,
    caughtBy: 'outcome',
  },
  {
    name: 'marker-at-close',
    rule: 'The marker goes in minutes after the close: what was accepted before it is in the stream by then.',
    edits: [
      { file: BEGIN, find: 'MARKER_DELAY_MS = 5 * MINUTE_MS', replace: 'MARKER_DELAY_MS = 0 * MINUTE_MS' },
    ],
    seeds: 150,
    caughtBy: 'rule',
  },
  {
    name: 'marker-before-counted',
    rule: 'A marker is passed only when everything before it is counted.',
    edits: [
      {
        file: 'core/count/count.ts',
        find: '    await this.#register(batch.types);\n    try',
        replace:
          '    if (batch.markers.length > 0) await this.ports.markers?.markersPassed(batch.markers);\n' +
          '    await this.#register(batch.types);\n    try',
      },
    ],
    seeds: 150,
    caughtBy: 'rule',
  },
];
