import type { ShardScan, ShardSum } from '../../core/audit/ports.js';
import { ZERO_SUM, addSums } from '../../core/query/sums.js';
import { dayEndMs, dayStartMs, type Day } from '../../core/time.js';
import { readFresh } from './commit.js';
import { ADJUSTMENT_LANE } from './lmdb-counters.js';
import type { CountData, ShardKey } from './open-data.js';
import { minutesOfItem } from './shard-item.js';

/** Every counter shard of a day, in key order. The hour stands first in the key, so no other day is touched. */
export class LmdbShardScan implements ShardScan {
  public constructor(private readonly data: CountData) {}

  public async *scanDay(day: Day): AsyncIterable<ShardSum> {
    readFresh(this.data);
    const start: ShardKey = [dayStartMs(day), '', 0];
    const end: ShardKey = [dayEndMs(day), '', 0];
    for (const { key, value } of this.data.shards.getRange({ start, end })) {
      const [hourStartMs, counter, lane] = key;
      const sum = minutesOfItem(value).reduce((sums, minute) => addSums(sums, minute), ZERO_SUM);
      yield { counter, hourStartMs, isAdjustment: lane === ADJUSTMENT_LANE, sum };
    }
  }
}
