import type { SettingsStore } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import { useTarget, type Target } from './use-target.js';

const SETTINGS: Settings = {
  formatVersion: 1,
  laneCount: 64,
  sliceMs: 300_000,
  lateness: [{ fromDay: '0000-01-01', latenessMs: 172_800_000 }],
};

const withLateness = (latenessMs: number): Settings => ({
  ...SETTINGS,
  lateness: [...SETTINGS.lateness, { fromDay: '2026-11-23', latenessMs }],
});

/** @param makeTarget a store without settings, for each test. */
export function describeSettingsContract(
  name: string,
  makeTarget: () => Promise<Target<SettingsStore>>,
): void {
  describe(`${name} as a settings store`, () => {
    const target = useTarget(makeTarget);

    it('reads nothing before settings are created', async () => {
      expect(await target().port.read()).toBeNull();
    });

    it('creates settings once, also when many start at the same time, and gives back the winner', async () => {
      const wanted = Array.from({ length: 30 }, (_, index) => ({
        ...SETTINGS,
        laneCount: 2 ** (index % 10),
      }));
      const outcomes = await Promise.all(wanted.map((settings) => target().port.create(settings)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await target().port.read()).toEqual(wanted[outcomes.indexOf(true)]);
      expect(await target().port.create(SETTINGS)).toBe(false);
    });

    it('replaces settings that are as expected', async () => {
      await target().port.create(SETTINGS);
      expect(await target().port.replace(SETTINGS, withLateness(3_600_000))).toBe(true);
      expect(await target().port.read()).toEqual(withLateness(3_600_000));
    });

    it('lets one of many who expect the same settings replace them', async () => {
      await target().port.create(SETTINGS);
      const wanted = Array.from({ length: 30 }, (_, index) => withLateness(3_600_000 + index));
      const outcomes = await Promise.all(wanted.map((next) => target().port.replace(SETTINGS, next)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await target().port.read()).toEqual(wanted[outcomes.indexOf(true)]);
    });

    it.each([
      { why: 'another value', expected: { ...SETTINGS, laneCount: 32 } },
      { why: 'another list', expected: withLateness(1) },
    ])('replaces nothing when the settings differ: $why', async ({ expected }) => {
      await target().port.create(SETTINGS);
      expect(await target().port.replace(expected, withLateness(2))).toBe(false);
      expect(await target().port.read()).toEqual(SETTINGS);
    });

    it('replaces nothing when there are no settings', async () => {
      expect(await target().port.replace(SETTINGS, withLateness(2))).toBe(false);
      expect(await target().port.read()).toBeNull();
    });
  });
}
