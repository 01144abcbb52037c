/** What the contracts of the audit's stores share: the stores of one engine together, and what is written into them. */
import { NO_DIGEST, makeAct, type Act } from '../../core/audit/act.js';
import type {
  AuditLedger,
  Fence,
  MarkerLog,
  MarkerProgress,
  SealWriter,
  SealedTotal,
  ShardScan,
  TopReader,
} from '../../core/audit/ports.js';
import { emptyReport, type DayReport } from '../../core/audit/report.js';
import type { CounterReader, CounterShards, Days, TotalsReader } from '../../core/ports.js';

export const DAY = '2026-11-20';
export const DAY_MS = Date.parse(`${DAY}T00:00:00.000Z`);
export const NOW_MS = Date.parse('2026-11-23T03:00:00.000Z');
export const EXPIRES_AT_MS = Date.parse('2026-12-10T00:00:00.000Z');

/** One engine's stores over the same, empty data. Time is `NOW_MS`. */
export interface AuditStore {
  readonly ledger: AuditLedger;
  readonly writer: SealWriter;
  readonly tops: TopReader;
  readonly scan: ShardScan;
  readonly markers: MarkerLog & MarkerProgress;
  readonly days: Days;
  readonly shards: CounterShards;
  readonly counters: CounterReader;
  readonly totals: TotalsReader;
  dispose(): Promise<void>;
}

export async function beginRun(store: Pick<AuditStore, 'ledger'>, day = DAY): Promise<Fence> {
  const runNumber = await store.ledger.beginRun(day, EXPIRES_AT_MS);
  if (runNumber === null) throw new Error(`${day} is sealed`);
  return { day, runNumber };
}

export const reportOf = (fence: Fence, given: Partial<DayReport> = {}): DayReport => ({
  ...emptyReport({ ...fence, outcome: 'held', auditedAtMs: NOW_MS }),
  findings: { conflict: 2 },
  ...given,
});

/** The act that would seal the fence's day behind another. */
export function actBehind(previous: Act | null, { day, runNumber }: Fence): Act {
  return makeAct({
    formatVersion: 1,
    kind: 'seal',
    sequence: (previous?.sequence ?? 0) + 1,
    previousDigest: previous?.digest ?? NO_DIGEST,
    day,
    runNumber,
    actedAt: '2026-11-23T03:00:00.000Z',
    totals: {
      file: `dt=${day}/run=${runNumber}/totals.ndjson`,
      sha256: NO_DIGEST,
      counterCount: 0,
      value: 0,
      events: 0,
    },
    adjustedCounterHourCount: 0,
    isArchiveIncomplete: false,
    findings: {},
    trust: null,
  });
}

export async function seal(store: Pick<AuditStore, 'ledger'>, fence: Fence): Promise<Act> {
  const act = actBehind(await store.ledger.newestAct(), fence);
  const isSealed = await store.ledger.seal(fence, act, reportOf(fence, { outcome: 'sealed' }));
  if (!isSealed) throw new Error(`${fence.day} was not sealed`);
  return act;
}

export const sealedTotal = (counter: string, value: number, day = DAY): SealedTotal => ({
  counter,
  day,
  value,
  events: 2,
  hours: [
    { hour: 0, value: value - 1, events: 1 },
    { hour: 23, value: 1, events: 1 },
  ],
  isAdjusted: value < 0,
  through: { value: 10 * value, events: 20 },
});
