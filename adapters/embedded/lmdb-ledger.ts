import type { Act } from '../../core/audit/act.js';
import type { Marker } from '../../core/audit/marker.js';
import {
  FenceLostError,
  type AuditLedger,
  type DayState,
  type Fence,
  type MarkerLog,
  type MarkerProgress,
} from '../../core/audit/ports.js';
import type { DayReport } from '../../core/audit/report.js';
import type { Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import { SEALED_THROUGH } from './lmdb-days.js';
import type { CountData, StoredRuns } from './open-data.js';

const NO_RUNS: StoredRuns = { runNumber: 0, totalsRunNumbers: [], report: null };

/** Throws unless the fence holds. Call inside the transaction that writes: transactions run alone, over all processes. */
export function requireFence(data: CountData, fence: Fence): StoredRuns {
  const runs = data.runs.get(fence.day) ?? NO_RUNS;
  const isSealed = data.days.get(fence.day)?.[0] ?? false;
  if (isSealed || runs.runNumber !== fence.runNumber) throw new FenceLostError(fence);
  return runs;
}

/** Days, audit runs and the chain of acts in LMDB, next to the counts they are about. */
export class LmdbLedger implements AuditLedger, MarkerLog, MarkerProgress {
  public constructor(private readonly data: CountData) {}

  public async listDays({ fromDay, toDay }: { fromDay?: Day; toDay?: Day }): Promise<DayState[]> {
    readFresh(this.data);
    const range = { start: fromDay ?? '', end: toDay ?? '~', inclusiveEnd: true };
    return Array.from(this.data.days.getRange(range), ({ key: day, value: [isSealed] }) => ({
      day,
      isSealed,
      ...(this.data.runs.get(day) ?? NO_RUNS),
    }));
  }

  public async sealedThrough(): Promise<Day | null> {
    readFresh(this.data);
    return this.data.progress.get(SEALED_THROUGH) ?? null;
  }

  public beginRun(day: Day, expiresAtMs: number): Promise<number | null> {
    return commit(this.data, () => {
      const record = this.data.days.get(day);
      if (record?.[0] === true) return null;
      if (record === undefined) void this.data.days.put(day, [false, expiresAtMs]);
      const runs = this.data.runs.get(day) ?? NO_RUNS;
      const runNumber = runs.runNumber + 1;
      void this.data.runs.put(day, { ...runs, runNumber });
      return runNumber;
    });
  }

  public async beginTotals(fence: Fence): Promise<void> {
    await commit(this.data, () => {
      const runs = requireFence(this.data, fence);
      if (runs.totalsRunNumbers.includes(fence.runNumber)) return;
      const totalsRunNumbers = [...runs.totalsRunNumbers, fence.runNumber];
      void this.data.runs.put(fence.day, { ...runs, totalsRunNumbers });
    });
  }

  public async putReport(fence: Fence, report: DayReport): Promise<void> {
    await commit(this.data, () => {
      const runs = requireFence(this.data, fence);
      void this.data.runs.put(fence.day, { ...runs, report });
    });
  }

  public async newestAct(): Promise<Act | null> {
    readFresh(this.data);
    for (const { value } of this.data.acts.getRange({ reverse: true, limit: 1 })) return value;
    return null;
  }

  public seal(fence: Fence, act: Act, report: DayReport): Promise<boolean> {
    const { day } = fence;
    return commit(this.data, () => {
      const inPlace = this.data.acts.get(act.sequence);
      if (inPlace?.digest === act.digest) return true;
      const runs = requireFence(this.data, fence);
      // Days are sealed in order: one that is not sealed by now never follows a later one.
      if ((this.data.progress.get(SEALED_THROUGH) ?? '') > day) throw new FenceLostError(fence);
      if (inPlace !== undefined) return false;
      const expiresAtMs = this.data.days.get(day)?.[1] ?? 0;
      void this.data.acts.put(act.sequence, act);
      void this.data.runs.put(day, { ...runs, report });
      void this.data.days.put(day, [true, expiresAtMs]);
      // So all before this one are, too.
      void this.data.progress.put(SEALED_THROUGH, day);
      return true;
    });
  }

  public async markersPassed(markers: readonly Marker[]): Promise<void> {
    await commit(this.data, () => {
      for (const { day, stripe } of markers) void this.data.markers.put([day, stripe], true);
    });
  }

  public async stripesPassed(day: Day): Promise<number[]> {
    readFresh(this.data);
    const range = this.data.markers.getKeys({ start: [day, 0], end: [day, Number.MAX_SAFE_INTEGER] });
    return Array.from(range, ([, stripe]) => stripe);
  }
}
