/** What the snapshot's parts found on their way. A part's note is its last file, so a part without one was cut off. */
import { ZERO_SUM, addSums, type Sum } from '../query/sums.js';
import type { AuditFiles } from './ports.js';
import type { HourName } from './reconciler.js';
import { partName, partNumbers, runFolder, type AuditRun } from './run.js';
import { readJson, readTextLines, writeJson } from './text-files.js';

export interface JournalsNote {
  readonly settledJournalCount: number;
  /** Over all rows that the part wrote, as SQL must find them. */
  readonly journaled: Sum;
  /** By hour: journal entries whose parts don't agree. */
  readonly corruptEntryCounts: Readonly<Record<HourName, number>>;
}

export interface ShardsNote {
  /** Over all rows that the part wrote, as SQL must find them. */
  readonly counted: Sum;
  /** Counters and hours that have an adjustment lie in so many files. */
  readonly adjustedFileCount: number;
}

/** A counter's hour. */
export interface Place {
  readonly counter: string;
  readonly hour: HourName;
}

const noteFile = ({ fence }: AuditRun, kind: 'lanes' | 'shards', part: number): string =>
  `${runFolder(fence)}/notes/${partName(kind, part)}.json`;

export const writeJournalsNote = (
  work: AuditFiles,
  run: AuditRun,
  part: number,
  note: JournalsNote,
): Promise<void> => writeJson(work, noteFile(run, 'lanes', part), note);

export const writeShardsNote = (
  work: AuditFiles,
  run: AuditRun,
  part: number,
  note: ShardsNote,
): Promise<void> => writeJson(work, noteFile(run, 'shards', part), note);

export const adjustedFile = ({ fence }: AuditRun, part: number, index: number): string =>
  `${runFolder(fence)}/adjusted/${partName('shards', part)}-${index}.tsv`;

/** What the parts of a snapshot say together. */
export interface SnapshotNotes {
  readonly corruptEntryCounts: ReadonlyMap<HourName, number>;
  readonly journaled: Sum;
  readonly counted: Sum;
}

/** @throws {TallyError} `audit_failed`: a part of the snapshot is not there, so nothing may be judged by it. */
export async function readSnapshotNotes(work: AuditFiles, run: AuditRun): Promise<SnapshotNotes> {
  const corruptEntryCounts = new Map<HourName, number>();
  let journaled = ZERO_SUM;
  let counted = ZERO_SUM;
  for (const part of partNumbers(run, 'lanes')) {
    const note = await readJson<JournalsNote>(work, noteFile(run, 'lanes', part));
    journaled = addSums(journaled, note.journaled);
    for (const [hour, count] of Object.entries(note.corruptEntryCounts))
      corruptEntryCounts.set(hour, (corruptEntryCounts.get(hour) ?? 0) + count);
  }
  for (const part of partNumbers(run, 'shards')) {
    const note = await readJson<ShardsNote>(work, noteFile(run, 'shards', part));
    counted = addSums(counted, note.counted);
  }
  return { corruptEntryCounts, journaled, counted };
}

/** Counters' hours with an adjustment from a run before: they are written anew, as zero if need be. */
export async function* readAdjusted(work: AuditFiles, run: AuditRun): AsyncIterable<Place> {
  for (const part of partNumbers(run, 'shards')) {
    const { adjustedFileCount } = await readJson<ShardsNote>(work, noteFile(run, 'shards', part));
    for (let index = 0; index < adjustedFileCount; index++) {
      for await (const line of readTextLines(work, adjustedFile(run, part, index))) {
        const [counter = '', hour = ''] = line.split('\t');
        yield { counter, hour };
      }
    }
  }
}
