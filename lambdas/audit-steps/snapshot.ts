/** The steps that settle, scan and read journals: each does one part. They decide nothing and can't seal. */
import type { Segment } from '../../adapters/aws/dynamodb-shard-scan.js';
import type { AuditFiles, ShardSum } from '../../core/audit/ports.js';
import type { HourName } from '../../core/audit/reconciler.js';
import type { AuditRun } from '../../core/audit/run.js';
import { snapshotJournals, snapshotShards, writeJournalIds } from '../../core/audit/snapshot.js';
import type { CounterShards, JournalStore } from '../../core/ports.js';
import type { Day } from '../../core/time.js';

/** A scan that can be cut into segments, and counts what should have been gone on its way. */
interface SegmentedScan {
  scanDay(day: Day, segment: Segment): AsyncIterable<ShardSum>;
  readonly overdueCount: number;
}

export interface SnapshotPorts {
  readonly journals: JournalStore;
  readonly shards: CounterShards;
  readonly work: AuditFiles;
  readonly makeScan: () => SegmentedScan;
  readonly observeOverdue: (count: number) => void;
}

interface PartOfRun {
  readonly run: AuditRun;
  readonly part: number;
}

export const makeSnapshotSteps = (ports: SnapshotPorts, { laneCount }: { laneCount: number }) => ({
  journals: ({ run, part }: PartOfRun) => snapshotJournals(ports, run, { part, laneCount }),
  shards: async ({ run, part }: PartOfRun) => {
    const segment = { segment: part, segmentCount: run.parts.shards };
    const scan = ports.makeScan();
    const scanSegment = { scanDay: (day: Day) => scan.scanDay(day, segment) };
    await snapshotShards({ scan: scanSegment, work: ports.work }, run, part);
    ports.observeOverdue(scan.overdueCount);
  },
  ids: ({ run, part, hours }: PartOfRun & { hours: readonly HourName[] }) =>
    writeJournalIds(ports, run, { part, hours, laneCount }),
});
