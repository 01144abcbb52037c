import {
  INNOCENT_HOUR,
  judgeCounterHour,
  judgeHour,
  type CounterHour,
  type HourEvidence,
} from '../../../core/audit/judge.js';

const sum = (value: number, events: number) => ({ value, events });

/** All three witnesses say 10 in 4 events; a test states what differs. */
const counterHour = (given: Partial<CounterHour> = {}): CounterHour => {
  const archived = given.archived ?? sum(10, 4);
  return {
    archived,
    journaled: sum(10, 4),
    counted: sum(10, 4),
    missing: sum(0, 0),
    archivedValueMin: archived.value,
    archivedValueMax: archived.value,
    ...given,
  };
};

const hour = (given: Partial<HourEvidence> = {}): HourEvidence => ({ ...INNOCENT_HOUR, ...given });

describe('a counter in an hour', () => {
  it.each([
    { why: 'all agree', row: {}, verdicts: [], target: sum(10, 4) },
    {
      why: 'counter ≠ journal: the journal',
      row: { counted: sum(11, 5) },
      verdicts: ['counter_corrupt'],
      target: sum(10, 4),
    },
    {
      why: 'the value agrees and the events do not',
      row: { counted: sum(10, 5) },
      verdicts: ['counter_corrupt'],
      target: sum(10, 4),
    },
    {
      why: 'A∖J: the journal and what it misses',
      row: { archived: sum(17, 5), missing: sum(7, 1) },
      evidence: { missingCount: 1 },
      verdicts: ['never_counted'],
      target: sum(17, 5),
    },
    {
      why: 'A∖J that nets to zero',
      row: { archived: sum(10, 6), missing: sum(0, 2) },
      evidence: { missingCount: 2 },
      verdicts: ['never_counted'],
      target: sum(10, 6),
    },
    {
      why: 'J∖A and an incomplete chunk: the archive lost data',
      row: { archived: sum(7, 3) },
      evidence: { extraCount: 1, incompleteChunkCount: 1, lostEventCount: 1 },
      verdicts: ['archive_lost'],
      target: sum(10, 4),
    },
    {
      why: 'J∖A and A∖J that cancel: both are named',
      row: { missing: sum(3, 1) },
      evidence: { missingCount: 1, extraCount: 1, incompleteChunkCount: 1, lostEventCount: 1 },
      verdicts: ['never_counted', 'archive_lost'],
      target: sum(13, 5),
    },
    {
      why: 'sets equal, a value within the bodies: the deterministic winner',
      row: { archived: sum(12, 4), archivedValueMin: 9, archivedValueMax: 12 },
      verdicts: ['conflict'],
      target: sum(12, 4),
    },
    {
      why: 'sets equal, a value beyond the bodies: the archive',
      row: { archived: sum(12, 4), archivedValueMin: 11, archivedValueMax: 12 },
      verdicts: ['increments_corrupt'],
      target: sum(12, 4),
    },
    {
      why: 'sets equal, events differ: no conflict explains that',
      row: { archived: sum(10, 3), archivedValueMin: 0, archivedValueMax: 20 },
      verdicts: ['increments_corrupt'],
      target: sum(10, 3),
    },
    {
      why: 'negative values',
      row: { archived: sum(-3, 5), missing: sum(-13, 1) },
      evidence: { missingCount: 1 },
      verdicts: ['never_counted'],
      target: sum(-3, 5),
    },
  ])('is judged: $why', ({ row, evidence, verdicts, target }) => {
    const judgement = judgeCounterHour(counterHour(row), hour(evidence ?? {}));
    expect(judgement).toEqual({ verdicts, target, isHeld: false });
  });

  it.each([
    {
      why: 'J∖A, receipts complete',
      row: { archived: sum(7, 3) },
      evidence: { extraCount: 1 },
      verdicts: ['over_count'],
    },
    {
      why: 'J∖A beyond what the receipts lost',
      row: { archived: sum(5, 2) },
      evidence: { extraCount: 2, incompleteChunkCount: 1, lostEventCount: 1 },
      verdicts: ['over_count'],
    },
    {
      why: 'an entry whose parts disagree',
      row: {},
      evidence: { corruptEntryCount: 1 },
      verdicts: ['entry_corrupt'],
    },
  ])('is held until an operator decides: $why', ({ row, evidence, verdicts }) => {
    const given = counterHour(row);
    expect(judgeCounterHour(given, hour(evidence))).toEqual({ verdicts, target: sum(10, 4), isHeld: true });
    const trusting = (trust: 'archive' | 'journal') => judgeCounterHour(given, hour(evidence), trust);
    expect(trusting('archive')).toEqual({ verdicts, target: given.archived, isHeld: false });
    expect(trusting('journal')).toEqual({ verdicts, target: given.journaled, isHeld: false });
  });

  it('leaves to an operator only what is held: a corrupt counter is the journal, whoever is trusted', () => {
    const row = counterHour({ counted: sum(11, 5) });
    expect(judgeCounterHour(row, hour(), 'archive')).toMatchObject({ target: sum(10, 4) });
  });
});

describe('an hour as a whole', () => {
  it.each([
    { why: 'nothing', evidence: {}, verdicts: [] },
    {
      why: 'a receipt incomplete, sets equal',
      evidence: { incompleteChunkCount: 1, lostEventCount: 3 },
      verdicts: ['receipt_incomplete'],
    },
    {
      why: 'a receipt incomplete, and only A∖J beside it',
      evidence: { incompleteChunkCount: 1, lostEventCount: 3, missingCount: 2 },
      verdicts: ['receipt_incomplete'],
    },
    {
      why: 'a receipt incomplete, and ids that explain it',
      evidence: { incompleteChunkCount: 1, lostEventCount: 3, extraCount: 2 },
      verdicts: [],
    },
    { why: 'J∖A without a loss', evidence: { extraCount: 1 }, verdicts: ['over_count'] },
    { why: 'a corrupt entry', evidence: { corruptEntryCount: 2 }, verdicts: ['entry_corrupt'] },
  ])('shows $why', ({ evidence, verdicts }) => {
    expect(judgeHour(hour(evidence))).toEqual({ verdicts, isHeld: verdicts.length > 0 });
    expect(judgeHour(hour(evidence), 'journal')).toEqual({ verdicts, isHeld: false });
  });
});
