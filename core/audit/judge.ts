/** The audit's judgement: what three witnesses said of an hour, and what to do about it. Pure. */
import type { Sum } from '../query/sums.js';

/** What can be found. `docs/audit.md` has one heading for each. */
export const VERDICTS = [
  'counter_corrupt',
  'never_counted',
  'archive_lost',
  'over_count',
  'receipt_incomplete',
  'conflict',
  'increments_corrupt',
  'entry_corrupt',
  'unwitnessed',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** An operator's word on which witness to believe, for a day that the audit holds. */
export type Trust = 'archive' | 'journal';

/** What is known about one hour of event time as a whole. */
export interface HourEvidence {
  /** Ids in the archive that are in no journal: A∖J. */
  readonly missingCount: number;
  /** Ids in the journals that are not in the archive: J∖A. */
  readonly extraCount: number;
  /** Chunks that the archive holds less of, or other values, than their receipt says. */
  readonly incompleteChunkCount: number;
  /** Events that those receipts say and the archive does not hold. Duplicates among them never were in a journal. */
  readonly lostEventCount: number;
  /** Journal entries whose ids, events and increments do not agree. */
  readonly corruptEntryCount: number;
}

export const INNOCENT_HOUR: HourEvidence = {
  missingCount: 0,
  extraCount: 0,
  incompleteChunkCount: 0,
  lostEventCount: 0,
  corruptEntryCount: 0,
};

/** One counter in one hour, as each witness tells it. */
export interface CounterHour {
  readonly archived: Sum;
  readonly journaled: Sum;
  readonly counted: Sum;
  /** What the ids in A∖J add to this counter. */
  readonly missing: Sum;
  /** The least and the most that the archived bodies could add: they differ where one identity has two bodies. */
  readonly archivedValueMin: number;
  readonly archivedValueMax: number;
}

export interface Judgement {
  /** None: all witnesses agree. */
  readonly verdicts: readonly Verdict[];
  /** What the counter's hour is. On hold: what it will be if nobody decides otherwise, which is what the journal says. */
  readonly target: Sum;
  /** True: the day can't be sealed before an operator has decided. */
  readonly isHeld: boolean;
}

const plus = (a: Sum, b: Sum): Sum => ({ value: a.value + b.value, events: a.events + b.events });

export const isSameSum = (a: Sum, b: Sum): boolean => a.value === b.value && a.events === b.events;

/**
 * Judge one counter's hour.
 *
 * Ids and not nets decide, because losses cancel: what the archive has and no journal has is added to the journal first. What then
 * still differs is an id that only the journals have, a conflict, or damage.
 *
 * @param trust absent: nobody was asked; a held hour stays held.
 */
export function judgeCounterHour(row: CounterHour, hour: HourEvidence, trust?: Trust): Judgement {
  const verdicts: Verdict[] = [];
  if (!isSameSum(row.counted, row.journaled)) verdicts.push('counter_corrupt');
  if (row.missing.events > 0) verdicts.push('never_counted');
  const explained = plus(row.journaled, row.missing);
  const { verdict, target, isHeld } = judgeRest(row, hour, explained);
  if (verdict !== null) verdicts.push(verdict);
  if (hour.corruptEntryCount > 0) verdicts.push('entry_corrupt');
  const mustDecide = isHeld || hour.corruptEntryCount > 0;
  if (!mustDecide) return { verdicts, target, isHeld: false };
  if (trust === undefined) return { verdicts, target: explained, isHeld: true };
  return { verdicts, target: trust === 'archive' ? row.archived : explained, isHeld: false };
}

interface Rest {
  readonly verdict: Verdict | null;
  readonly target: Sum;
  readonly isHeld: boolean;
}

/** What is left to explain once the events that were never counted are added. */
function judgeRest(row: CounterHour, hour: HourEvidence, explained: Sum): Rest {
  const { archived } = row;
  if (isSameSum(archived, explained)) return { verdict: null, target: explained, isHeld: false };
  if (archived.events === explained.events) {
    const isWithinBodies = explained.value >= row.archivedValueMin && explained.value <= row.archivedValueMax;
    return { verdict: isWithinBodies ? 'conflict' : 'increments_corrupt', target: archived, isHeld: false };
  }
  const hasExtra = archived.events < explained.events && hour.extraCount > 0;
  if (!hasExtra) return { verdict: 'increments_corrupt', target: archived, isHeld: false };
  // A lost chunk explains as many ids as it had events, and not one more.
  const isLostByArchive = hour.incompleteChunkCount > 0 && hour.extraCount <= hour.lostEventCount;
  return isLostByArchive
    ? { verdict: 'archive_lost', target: explained, isHeld: false }
    : { verdict: 'over_count', target: explained, isHeld: true };
}

/** What an hour as a whole can show, beyond what any of its counters does. */
export function judgeHour(hour: HourEvidence, trust?: Trust): Pick<Judgement, 'verdicts' | 'isHeld'> {
  const verdicts: Verdict[] = [];
  if (hour.corruptEntryCount > 0) verdicts.push('entry_corrupt');
  if (hour.incompleteChunkCount > 0 && hour.extraCount === 0) verdicts.push('receipt_incomplete');
  if (hour.extraCount > 0 && hour.extraCount > hour.lostEventCount) verdicts.push('over_count');
  return { verdicts, isHeld: verdicts.length > 0 && trust === undefined };
}
