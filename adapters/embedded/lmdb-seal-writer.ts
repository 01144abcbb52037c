import type {
  Adjustment,
  Fence,
  SealWriter,
  SealedTotal,
  TopReader,
  TopSubject,
} from '../../core/audit/ports.js';
import type { Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import { ADJUSTMENT_LANE } from './lmdb-counters.js';
import { requireFence } from './lmdb-ledger.js';
import { putTotals } from './lmdb-totals.js';
import type { CountData } from './open-data.js';
import { adjustmentItem } from './shard-item.js';

/** What a sealing audit writes. Each write checks the fence in its own transaction. */
export class LmdbSealWriter implements SealWriter, TopReader {
  public constructor(private readonly data: CountData) {}

  public async putAdjustments(
    fence: Fence,
    adjustments: readonly Adjustment[],
    expiresAtMs: number,
  ): Promise<void> {
    const items = adjustments.map(({ counter, hourStartMs, minutes }) => ({
      key: [hourStartMs, counter, ADJUSTMENT_LANE] as [number, string, string],
      item: adjustmentItem(minutes, expiresAtMs),
    }));
    await this.write(fence, () => {
      for (const { key, item } of items) void this.data.shards.put(key, item);
    });
  }

  public async putTotals(fence: Fence, totals: readonly SealedTotal[]): Promise<void> {
    await this.write(fence, () => putTotals(this.data, totals));
  }

  public async removeTotals(fence: Fence, counters: readonly string[]): Promise<void> {
    await this.write(fence, () => {
      for (const counter of counters) void this.data.totals.remove([counter, fence.day]);
    });
  }

  public async putTop(
    fence: Fence,
    tops: readonly { type: string; subjects: readonly TopSubject[] }[],
  ): Promise<void> {
    await this.write(fence, () => {
      for (const { type, subjects } of tops)
        void this.data.tops.put([fence.day, fence.runNumber, type], subjects);
    });
  }

  public async readTop(type: string, day: Day): Promise<TopSubject[] | null> {
    readFresh(this.data);
    const runs = this.data.runs.get(day);
    if (runs === undefined || this.data.days.get(day)?.[0] !== true) return null;
    return [...(this.data.tops.get([day, runs.runNumber, type]) ?? [])];
  }

  private async write(fence: Fence, change: () => void): Promise<void> {
    await commit(this.data, () => {
      requireFence(this.data, fence);
      change();
    });
  }
}
