/** The steps that settle, scan and read journals: each does one part. They decide nothing and can't seal. */
import type { AuditFiles, ShardScan } from '../../core/audit/ports.js';
import type { HourName } from '../../core/audit/reconciler.js';
import type { AuditRun } from '../../core/audit/run.js';
import { snapshotJournals, snapshotShards, writeJournalIds } from '../../core/audit/snapshot.js';
import type { CounterShards, JournalStore } from '../../core/ports.js';

export interface SnapshotPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly work: AuditFiles;
  /** One of so many equal parts of all counter shards. */
  readonly scanOf: (part: { readonly segment: number; readonly segmentCount: number }) => ShardScan;
}

interface PartOfRun {
  readonly run: AuditRun;
  readonly part: number;
}

export const makeSnapshotSteps = (ports: SnapshotPorts, { laneCount }: { laneCount: number }) => ({
  journals: ({ run, part }: PartOfRun) => snapshotJournals(ports, run, { part, laneCount }),
  shards: ({ run, part }: PartOfRun) => {
    const scan = ports.scanOf({ segment: part, segmentCount: run.parts.shards });
    return snapshotShards({ scan, work: ports.work }, run, part);
  },
  ids: ({ run, part, hours }: PartOfRun & { hours: readonly HourName[] }) =>
    writeJournalIds(ports, run, { part, hours, laneCount }),
});
