/** What the snapshot's parts found on their way. A part's note is its last file, so a part without one was cut off. */
import type { AuditFiles } from './ports.js';
import type { HourName } from './reconciler.js';
import { partName, partNumbers, runFolder, type AuditRun } from './run.js';
import { readJson, readTextLines, writeJson } from './text-files.js';

export interface JournalsNote {
  readonly settledJournalCount: number;
  /** By hour: journal entries whose parts don't agree. */
  readonly corruptEntryCounts: Readonly<Record<HourName, number>>;
}

export interface ShardsNote {
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

/** @throws {TallyError} `audit_failed`: a part of the snapshot is not there, so nothing may be judged by it. */
export async function readCorruptEntryCounts(
  work: AuditFiles,
  run: AuditRun,
): Promise<ReadonlyMap<HourName, number>> {
  const counts = new Map<HourName, number>();
  for (const part of partNumbers(run, 'lanes')) {
    const { corruptEntryCounts } = await readJson<JournalsNote>(work, noteFile(run, 'lanes', part));
    for (const [hour, count] of Object.entries(corruptEntryCounts))
      counts.set(hour, (counts.get(hour) ?? 0) + count);
  }
  for (const part of partNumbers(run, 'shards'))
    await readJson<ShardsNote>(work, noteFile(run, 'shards', part));
  return counts;
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
