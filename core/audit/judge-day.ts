/** Put the evidence of a whole day together and judge it. Pure. */
import { ZERO_SUM, addSums, type Sum } from '../query/sums.js';
import {
  INNOCENT_HOUR,
  isSameSum,
  judgeCounterHour,
  judgeHour,
  type CounterHour,
  type HourEvidence,
  type Trust,
} from './judge.js';
import type {
  ComparedMinute,
  HourName,
  IdComparison,
  ReceiptCheck,
  ReconciledHour,
  Reconciliation,
} from './reconciler.js';
import type { DriftRow, HourFinding } from './report.js';

export interface DayEvidence {
  readonly reconciliation: Reconciliation;
  readonly receipts: ReceiptCheck;
  readonly ids: IdComparison;
  readonly corruptEntryCounts: ReadonlyMap<HourName, number>;
}

/** A counter's hour that is not what all witnesses say, or never was counted, with what it is now held to be. */
export interface JudgedHour extends DriftRow {
  readonly isHeld: boolean;
  /** The archive's minutes, if it is the archive that is believed. */
  readonly believesArchive: boolean;
  readonly minutes: readonly ComparedMinute[];
}

export interface DayJudgement {
  readonly rows: readonly JudgedHour[];
  readonly hours: readonly HourFinding[];
  readonly isHeld: boolean;
  readonly isArchiveIncomplete: boolean;
  /** How often each verdict was given. */
  readonly findings: Readonly<Record<string, number>>;
}

/**
 * The hours whose ids have to be compared: those where archive and journals differ, and those that an incomplete chunk touches,
 * because there a loss in each can cancel the other.
 */
export function suspectHours(evidence: Omit<DayEvidence, 'ids'>): HourName[] {
  const differing = evidence.reconciliation.drift.filter(
    ({ archived, journaled }) => !isSameSum(archived, journaled),
  );
  const hours = [
    ...differing.map(({ hour }) => hour),
    ...evidence.receipts.incomplete.map(({ hour }) => hour),
    ...evidence.corruptEntryCounts.keys(),
  ];
  return [...new Set(hours)].sort();
}

export function judgeDay(evidence: DayEvidence, trust?: Trust): DayJudgement {
  const evidenceByHour = hourEvidence(evidence);
  const rows = counterHours(evidence).map(({ counter, hour, witnesses, minutes }): JudgedHour => {
    const judgement = judgeCounterHour(witnesses, evidenceByHour.get(hour) ?? INNOCENT_HOUR, trust);
    const { archived, journaled, counted, missing } = witnesses;
    const believesArchive =
      isSameSum(judgement.target, archived) && !isSameSum(judgement.target, addSums(journaled, missing));
    return { counter, hour, archived, journaled, counted, ...judgement, minutes, believesArchive };
  });
  const hours = [...evidenceByHour].map(([hour, found]) => ({ hour, found, ...judgeHour(found, trust) }));
  const verdicts = [...rows, ...hours].flatMap((judged) => judged.verdicts);
  return {
    rows,
    hours: hours.filter((judged) => judged.verdicts.length > 0).map(findingOf),
    isHeld: hours.some(({ isHeld }) => isHeld) || rows.some(({ isHeld }) => isHeld),
    isArchiveIncomplete: verdicts.includes('archive_lost'),
    findings: countOf(verdicts),
  };
}

const findingOf = (
  judged: { hour: HourName; found: HourEvidence } & Pick<HourFinding, 'verdicts'>,
): HourFinding => ({
  hour: judged.hour,
  verdicts: judged.verdicts,
  missingCount: judged.found.missingCount,
  extraCount: judged.found.extraCount,
  lostEventCount: judged.found.lostEventCount,
  corruptEntryCount: judged.found.corruptEntryCount,
});

function countOf(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

function hourEvidence({ receipts, ids, corruptEntryCounts }: DayEvidence): Map<HourName, HourEvidence> {
  const byHour = new Map<HourName, HourEvidence>();
  const change = (hour: HourName, changes: (before: HourEvidence) => Partial<HourEvidence>): void => {
    const before = byHour.get(hour) ?? INNOCENT_HOUR;
    byHour.set(hour, { ...before, ...changes(before) });
  };
  for (const { hour, missingCount, extraCount } of ids.hours)
    change(hour, () => ({ missingCount, extraCount }));
  for (const [hour, corruptEntryCount] of corruptEntryCounts) change(hour, () => ({ corruptEntryCount }));
  for (const { hour, receipted, archived } of receipts.incomplete) {
    const lost = Math.max(0, receipted.events - archived.events);
    change(hour, (before) => ({
      incompleteChunkCount: before.incompleteChunkCount + 1,
      lostEventCount: before.lostEventCount + lost,
    }));
  }
  return byHour;
}

interface Case {
  readonly counter: string;
  readonly hour: HourName;
  readonly witnesses: CounterHour;
  readonly minutes: readonly ComparedMinute[];
}

/** Every counter's hour there is something to say about. One that nets to no drift, but misses ids, is among them. */
function counterHours({ reconciliation, ids }: DayEvidence): Case[] {
  const minutesByKey = new Map<string, ComparedMinute[]>();
  for (const minute of ids.minutes) {
    const key = keyOf(minute.counter, minute.minute.slice(0, 13));
    const minutes = minutesByKey.get(key);
    if (minutes === undefined) minutesByKey.set(key, [minute]);
    else minutes.push(minute);
  }
  const drifting = reconciliation.drift.map((row) =>
    caseOf(row, minutesByKey.get(keyOf(row.counter, row.hour)) ?? []),
  );
  const driftingKeys = new Set(reconciliation.drift.map(({ counter, hour }) => keyOf(counter, hour)));
  const cancelling = [...minutesByKey]
    .filter(([key]) => !driftingKeys.has(key))
    .map(([, minutes]) => caseOf(withoutDrift(minutes), minutes));
  return [...drifting, ...cancelling];
}

/** Neither an hour nor a counter holds a line break. */
const keyOf = (counter: string, hour: HourName): string => `${hour}\n${counter}`;

function caseOf(row: ReconciledHour, minutes: readonly ComparedMinute[]): Case {
  const missing = minutes.reduce((sum, minute) => addSums(sum, minute.missing), ZERO_SUM);
  const { counter, hour, ...witnesses } = row;
  return { counter, hour, witnesses: { ...witnesses, missing }, minutes };
}

/** What SQL left out because all three agree: the archive's sum is everybody's. */
function withoutDrift(minutes: readonly ComparedMinute[]): ReconciledHour {
  const [first] = minutes;
  if (first === undefined) throw new RangeError('a counter hour without minutes');
  const archived = minutes.reduce<Sum>((sum, minute) => addSums(sum, minute.archived), ZERO_SUM);
  return {
    counter: first.counter,
    hour: first.minute.slice(0, 13),
    archived,
    journaled: archived,
    counted: archived,
    archivedValueMin: minutes.reduce((sum, minute) => sum + minute.archivedValueMin, 0),
    archivedValueMax: minutes.reduce((sum, minute) => sum + minute.archivedValueMax, 0),
  };
}
