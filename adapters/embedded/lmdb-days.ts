import type { DayRecord, Days } from '../../core/ports.js';
import type { Day } from '../../core/time.js';
import { commit, readFresh } from './commit.js';
import type { CountData } from './open-data.js';

export const SEALED_THROUGH = 'sealedThrough';

export class LmdbDays implements Days {
  public constructor(private readonly data: CountData) {}

  public async open(day: Day, expiresAtMs: number): Promise<DayRecord> {
    // Nearly always the day is known: reading costs no commit.
    const known = await this.find(day);
    if (known !== null) return known;
    return commit(this.data, () => {
      const opened = this.read(day);
      if (opened !== null) return opened;
      void this.data.days.put(day, [false, expiresAtMs]);
      return { day, isSealed: false, expiresAtMs };
    });
  }

  public async find(day: Day): Promise<DayRecord | null> {
    readFresh(this.data);
    return this.read(day);
  }

  public async sealedThrough(): Promise<Day | null> {
    readFresh(this.data);
    return this.data.progress.get(SEALED_THROUGH) ?? null;
  }

  /**
   * Mark a day sealed, and say through which day all are now sealed (who seals knows; days without events have no record).
   *
   * @throws {RangeError} the day was never opened, so it has no expiry.
   */
  public async seal(day: Day, sealedThrough: Day | null): Promise<void> {
    await commit(this.data, () => {
      const record = this.read(day);
      if (record === null) throw new RangeError(`day ${day} was never opened, so it can't be sealed`);
      void this.data.days.put(day, [true, record.expiresAtMs]);
      if (sealedThrough !== null) void this.data.progress.put(SEALED_THROUGH, sealedThrough);
    });
  }

  private read(day: Day): DayRecord | null {
    const stored = this.data.days.get(day);
    return stored === undefined ? null : { day, isSealed: stored[0], expiresAtMs: stored[1] };
  }
}
