import type { Days } from '../../core/ports.js';
import type { Day } from '../../core/time.js';
import { useTarget, type Target } from './use-target.js';

const DAY = '2026-11-21';

export interface DaysTarget extends Target<Days> {
  /** Mark a day sealed and say through which day all are, as the engine's audit does. */
  seal(day: Day, sealedThrough: Day): Promise<void>;
}

/** @param makeTarget days of which none is known, for each test. */
export function describeDaysContract(name: string, makeTarget: () => Promise<DaysTarget>): void {
  describe(`${name} as days`, () => {
    const target = useTarget(makeTarget);

    it('knows nothing of a day that was never opened', async () => {
      expect(await target().port.find(DAY)).toBeNull();
      expect(await target().port.sealedThrough()).toBeNull();
    });

    it('opens a day with the expiry given', async () => {
      const opened = { day: DAY, isSealed: false, expiresAtMs: 1_800_000_000_123 };
      expect(await target().port.open(DAY, 1_800_000_000_123)).toEqual(opened);
      expect(await target().port.find(DAY)).toEqual(opened);
    });

    it('keeps the expiry of the first sight, also when many see the day at once', async () => {
      const wanted = Array.from({ length: 50 }, (_, index) => 1_800_000_000_000 + index);
      const records = await Promise.all(wanted.map((expiresAtMs) => target().port.open(DAY, expiresAtMs)));
      const expiries = new Set(records.map(({ expiresAtMs }) => expiresAtMs));
      expect(expiries.size).toBe(1);
      expect(await target().port.open(DAY, 1)).toEqual(records[0]);
    });

    it('keeps days apart', async () => {
      await target().port.open(DAY, 1_800_000_000_000);
      expect(await target().port.find('2026-11-22')).toBeNull();
    });

    it('says that a sealed day is, and through which day all are', async () => {
      await target().port.open(DAY, 1_800_000_000_000);
      await target().seal(DAY, DAY);
      const sealed = { day: DAY, isSealed: true, expiresAtMs: 1_800_000_000_000 };
      expect(await target().port.find(DAY)).toEqual(sealed);
      expect(await target().port.open(DAY, 5)).toEqual(sealed);
      expect(await target().port.sealedThrough()).toBe(DAY);
    });
  });
}
