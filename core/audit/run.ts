/** One run of a day's audit, as it goes from step to step: small, and JSON throughout. What is big lies in files. */
import type { Trust } from './judge.js';
import type { AuditFiles, Fence } from './ports.js';

export interface AuditRun {
  readonly fence: Fence;
  /** When the day's journals and shards may vanish: written to each shard that settling touches. */
  readonly expiresAtMs: number;
  /** The day still takes events: the run reports, and judges nothing. */
  readonly isOpen: boolean;
  /** An operator's word for a day that was held; `null`: nobody was asked. */
  readonly trust: Trust | null;
  readonly parts: RunParts;
}

/** Into how many parts a run cuts its work, so that several can share it. Fixed when the run begins: later steps look for each part. */
export interface RunParts {
  /** Of the lanes: each part settles and reads some of them. */
  readonly lanes: number;
  /** Of the counter shards: each part scans some of them. */
  readonly shards: number;
  /** Of the counters: each part writes the totals of some of them. */
  readonly totals: number;
}

export const ONE_PART: RunParts = { lanes: 1, shards: 1, totals: 1 };

/** 0, 1, 2… of a kind of part. */
export const partNumbers = (run: AuditRun, kind: keyof RunParts): number[] =>
  Array.from({ length: run.parts[kind] }, (_, part) => part);

/** The lanes of a part: each lane is in one part. */
export function lanesOf(run: AuditRun, part: number, laneCount: number): number[] {
  const lanes = Array.from({ length: laneCount }, (_, lane) => lane);
  return lanes.filter((lane) => lane % run.parts.lanes === part);
}

/** Where the audit keeps its files in an engine's storage: under `audit/` for good; on AWS, working tables lie in a bucket that forgets. */
export const EVIDENCE_PREFIX = 'audit/';
export const WORK_PREFIX = 'work/';

/** Where a run keeps its files. */
export const runFolder = ({ day, runNumber }: Fence): string => `dt=${day}/run=${runNumber}`;

/** What stays, as evidence. */
const EVIDENCE = { totals: 'totals.ndjson', report: 'report.json' } as const;

export const evidenceFile = (fence: Fence, file: keyof typeof EVIDENCE): string =>
  `${runFolder(fence)}/${EVIDENCE[file]}`;

/** Tables that SQL reads: a folder each, whose files are the table together. Tab-separated, compressed. */
export const WORK_TABLES = {
  /** counter, hour, journaled value and events, counted value and events. */
  snapshot: 'snapshot',
  /** hour, slice, id in upper-case hex. */
  journalIds: 'journal_ids',
  /** counter, hour. */
  drift: 'drift',
  /** counter, hour, value and events to add to what the journals say. */
  corrections: 'corrections',
} as const;

export type WorkTable = keyof typeof WORK_TABLES;

export const workFolder = (fence: Fence, table: WorkTable): string =>
  `${runFolder(fence)}/${WORK_TABLES[table]}`;

export const workFile = (fence: Fence, table: WorkTable, part: string): string =>
  `${workFolder(fence, table)}/${part}.tsv.gz`;

/** `lanes-007`: sorts as it counts, up to a thousand parts. */
export const partName = (kind: keyof RunParts, part: number): string =>
  `${kind}-${String(part).padStart(3, '0')}`;

/** The name of a table's only part. */
export const WHOLE = 'all';

/** Both places of a run's files. */
export interface RunFiles {
  /** Evidence: the chain of acts, the totals they name, and reports. */
  readonly files: AuditFiles;
  /** Working tables and notes: needed while the run goes on, and of use to whoever doubts it. */
  readonly work: AuditFiles;
}
