import { LATENESS_MS_MAX } from '../../core/limits.js';
import type { Clock, SettingsStore } from '../../core/ports.js';
import {
  FORMAT_VERSION,
  FORMAT_VERSION_ZSTD,
  agreeOnSettings,
  closeMsOf,
  expiresAtMsOf,
  latenessMsOf,
  type Settings,
} from '../../core/settings.js';
import { DAY_MS, HOUR_MS } from '../../core/time.js';
import { NOON_MS } from '../factories.js';
import { itWithZstd, itWithoutZstd } from '../support/zstd.js';

const clockAt = (nowMs: number): Clock => ({ nowMs: () => nowMs });

/** A settings store of one process: the engines' own are held to their contract elsewhere. */
class HeldSettings implements SettingsStore {
  public settings: Settings | null = null;

  public read = async (): Promise<Settings | null> => this.settings;

  public create = async (settings: Settings): Promise<boolean> => {
    const isFirst = this.settings === null;
    this.settings ??= settings;
    return isFirst;
  };

  public replace = async (expected: Settings, next: Settings): Promise<boolean> => {
    const isUnchanged = JSON.stringify(this.settings) === JSON.stringify(expected);
    if (isUnchanged) this.settings = next;
    return isUnchanged;
  };
}

const WANTED = { laneCount: 64, latenessMs: 48 * HOUR_MS };

describe('agreeOnSettings', () => {
  it('writes what was wanted when there is no data, and finds it again', async () => {
    const store = new HeldSettings();
    const first = await agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    expect(first).toMatchObject({ formatVersion: 1, laneCount: 64, sliceMs: 300_000 });
    expect(await agreeOnSettings(store, WANTED, clockAt(NOON_MS + DAY_MS))).toEqual(first);
  });

  it('takes a new lateness for days that have not begun, and for those only', async () => {
    const store = new HeldSettings();
    await agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    const settings = await agreeOnSettings(store, { ...WANTED, latenessMs: HOUR_MS }, clockAt(NOON_MS));
    const hoursOf = (day: string): number => latenessMsOf(settings, day) / HOUR_MS;
    expect(['1999-01-01', '2026-11-20', '2026-11-21', '2026-11-22', '2027-01-01'].map(hoursOf)).toEqual([
      48, 48, 48, 1, 1,
    ]);
    expect(store.settings).toEqual(settings);
  });

  it('counts a day as begun an hour before its midnight: events may run ahead, and so may clocks', async () => {
    const store = new HeldSettings();
    await agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    const lateEvening = clockAt(Date.parse('2026-11-21T23:30:00Z'));
    const settings = await agreeOnSettings(store, { ...WANTED, latenessMs: HOUR_MS }, lateEvening);
    expect(latenessMsOf(settings, '2026-11-22')).toBe(48 * HOUR_MS);
    expect(latenessMsOf(settings, '2026-11-23')).toBe(HOUR_MS);
  });

  it('keeps one lateness a day when it is changed twice before the day begins', async () => {
    const store = new HeldSettings();
    for (const hours of [48, 1, 2, 3]) {
      await agreeOnSettings(store, { ...WANTED, latenessMs: hours * HOUR_MS }, clockAt(NOON_MS));
    }
    expect(store.settings?.lateness).toEqual([
      { fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS },
      { fromDay: '2026-11-22', latenessMs: 3 * HOUR_MS },
    ]);
  });

  it('reads again when somebody else changed the settings in between', async () => {
    const store = new HeldSettings();
    await agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    const replace = store.replace;
    let isFirst = true;
    store.replace = async (expected, next) => {
      if (isFirst) {
        isFirst = false;
        await agreeOnSettings(store, { ...WANTED, latenessMs: 5 * HOUR_MS }, clockAt(NOON_MS - DAY_MS));
      }
      return replace(expected, next);
    };
    const settings = await agreeOnSettings(store, { ...WANTED, latenessMs: 7 * HOUR_MS }, clockAt(NOON_MS));
    expect(latenessMsOf(settings, '2026-11-21')).toBe(5 * HOUR_MS);
    expect(latenessMsOf(settings, '2026-11-22')).toBe(7 * HOUR_MS);
  });

  it.each([
    { what: 'lanes', stored: { laneCount: 32 }, message: /lanes: this data was written with 32, .* says 64/ },
    { what: 'slice length', stored: { sliceMs: 60_000 }, message: /slice length in ms: .* with 60000/ },
    { what: 'format', stored: { formatVersion: 3 }, message: /format version: .* with 3/ },
  ])('refuses to work with data of another $what', async ({ stored, message }) => {
    const store = new HeldSettings();
    await agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    store.settings = { ...(store.settings as Settings), ...stored };
    const refused = agreeOnSettings(store, WANTED, clockAt(NOON_MS));
    await expect(refused).rejects.toMatchObject({ code: 'settings_disagree' });
    await expect(refused).rejects.toThrow(message);
  });

  itWithZstd(
    'keeps older Tallys away from data with zstd, from the first start with it and for ever',
    async () => {
      const store = new HeldSettings();
      const formats: number[] = [];
      for (const compression of ['gzip', 'zstd', 'gzip'] as const)
        formats.push(
          (await agreeOnSettings(store, { ...WANTED, compression }, clockAt(NOON_MS))).formatVersion,
        );
      expect(formats).toEqual([FORMAT_VERSION, FORMAT_VERSION_ZSTD, FORMAT_VERSION_ZSTD]);
      expect(store.settings?.formatVersion).toBe(FORMAT_VERSION_ZSTD);
    },
  );

  itWithoutZstd('refuses data with zstd where Node can’t read it, and to write any', async () => {
    const store = new HeldSettings();
    const agree = (wanted: object) => agreeOnSettings(store, { ...WANTED, ...wanted }, clockAt(NOON_MS));
    await expect(agree({ compression: 'zstd' })).rejects.toMatchObject({ code: 'config_invalid' });
    const settings = await agree({});
    store.settings = { ...settings, formatVersion: FORMAT_VERSION_ZSTD };
    await expect(agree({})).rejects.toMatchObject({
      code: 'settings_disagree',
      message: expect.stringMatching(/^this data holds zstd chunks; zstd needs Node 24 or later$/) as string,
    });
  });

  it.each([
    { why: 'lanes that are no power of two', wanted: { laneCount: 48 } },
    { why: 'no lanes', wanted: { laneCount: 0 } },
    { why: 'a lateness under an hour', wanted: { latenessMs: HOUR_MS - 1 } },
    { why: 'a lateness over 35 days', wanted: { latenessMs: LATENESS_MS_MAX + 1 } },
    { why: 'a lateness that is no number', wanted: { latenessMs: Number.NaN } },
  ])('refuses $why before anything is written', async ({ wanted }) => {
    const store = new HeldSettings();
    const refused = agreeOnSettings(store, { ...WANTED, ...wanted }, clockAt(NOON_MS));
    await expect(refused).rejects.toMatchObject({ code: 'config_invalid' });
    expect(store.settings).toBeNull();
  });
});

it('closes a day when its lateness has passed, and keeps its items for a month beyond what the stream holds', async () => {
  const settings = await agreeOnSettings(new HeldSettings(), WANTED, clockAt(NOON_MS));
  expect(closeMsOf(settings, '2026-11-21')).toBe(Date.parse('2026-11-24T00:00:00Z'));
  expect(expiresAtMsOf(settings, '2026-11-21', 7 * DAY_MS)).toBe(Date.parse('2026-12-31T00:00:00Z'));
});
