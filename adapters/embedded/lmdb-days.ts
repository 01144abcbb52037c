import type { DayRecord, Days } from '../../core/ports.js';
import { nextDay, type Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

export class LmdbDays implements Days {
  public constructor(private readonly data: CountData) {}

  public async open(day: Day, expiresAtMs: number): Promise<DayRecord> {
    readFresh(this.data);
    return (
      this.find(day) ??
      commit(this.data, () => {
        const opened = this.find(day);
        if (opened !== null) return opened;
        void this.data.days.put(day, [false, expiresAtMs]);
        return { day, isSealed: false, expiresAtMs };
      })
    );
  }

  /** The end of the run of sealed days that starts with the first known day. A day unknown in between ends it. */
  public async sealedThrough(): Promise<Day | null> {
    readFresh(this.data);
    let through: Day | null = null;
    for (const { key: day, value } of this.data.days.getRange({})) {
      const [isSealed] = value;
      const isNextInRun: boolean = through === null || day === nextDay(through);
      if (!isSealed || !isNextInRun) break;
      through = day;
    }
    return through;
  }

  /** Mark a day sealed. The day must have been opened: its expiry is fixed then. */
  public async seal(day: Day): Promise<void> {
    await commit(this.data, () => {
      const record = this.find(day);
      if (record === null) throw new RangeError(`day ${day} was never opened, so it can't be sealed`);
      void this.data.days.put(day, [true, record.expiresAtMs]);
    });
  }

  private find(day: Day): DayRecord | null {
    const stored = this.data.days.get(day);
    return stored === undefined ? null : { day, isSealed: stored[0], expiresAtMs: stored[1] };
  }
}
