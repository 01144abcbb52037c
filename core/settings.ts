import type { Compression } from './chunk.js';
import { TallyError } from './errors.js';
import { isLaneCount } from './lane.js';
import { LANE_COUNT_MAX, LATENESS_MS_MAX, LATENESS_MS_MIN } from './limits.js';
import type { Clock, SettingsStore } from './ports.js';
import { DAY_MS, HOUR_MS, SLICE_MS, dayEndMs, dayOf, type Day } from './time.js';
import { HAS_ZSTD, ZSTD_NEEDED } from './zstd.js';

/** Bumped when stored data changes its meaning. A newer format is refused, never guessed at. */
export const FORMAT_VERSION = 1;
/** Chunks may be zstd, which an older Tally, or an older Node, would take for damaged ones. */
export const FORMAT_VERSION_ZSTD = 2;

export interface LatenessFrom {
  /** The first day this lateness is for. */
  readonly fromDay: Day;
  readonly latenessMs: number;
}

/** The settings that are data: written once next to the counts, because changing them would miscount what is there. */
export interface Settings {
  readonly formatVersion: number;
  readonly laneCount: number;
  readonly sliceMs: number;
  /** In order of `fromDay`; the first is for every day before the second. */
  readonly lateness: readonly LatenessFrom[];
}

/** What an operator configured. */
export interface WantedSettings {
  readonly laneCount: number;
  readonly latenessMs: number;
  /** @default gzip */
  readonly compression?: Compression;
}

const FIRST_DAY: Day = '0000-01-01';

/** The lateness of a day: how long after its end it stays open. */
export function latenessMsOf(settings: Settings, day: Day): number {
  const inForce = settings.lateness.filter(({ fromDay }) => fromDay <= day).at(-1);
  if (inForce === undefined) throw new TallyError('settings_disagree', `no lateness is set for ${day}`);
  return inForce.latenessMs;
}

/** When a day closes: no event of it is accepted from this instant on. */
export const closeMsOf = (settings: Settings, day: Day): number =>
  dayEndMs(day) + latenessMsOf(settings, day);

/** After the close, what stays in the stream can still be counted; then a month to seal the day, or be warned. */
const EXPIRY_MARGIN_MS = 30 * DAY_MS;

/** When a day's journals and shards may vanish. */
export const expiresAtMsOf = (settings: Settings, day: Day, streamRetentionMs: number): number =>
  closeMsOf(settings, day) + streamRetentionMs + EXPIRY_MARGIN_MS;

/**
 * Read the settings stored with the data, or write them if this is the first start, and hold the configuration to them.
 *
 * A changed lateness is taken, but only for days that have not begun, and another compression for what is written from now on.
 * Anything else that differs is refused.
 *
 * @throws {TallyError} `settings_disagree`: nothing is lost; start again with what the message names.
 * @throws {TallyError} `config_invalid`: the configuration itself is impossible.
 */
export async function agreeOnSettings(
  store: SettingsStore,
  wanted: WantedSettings,
  clock: Clock,
): Promise<Settings> {
  checkWanted(wanted);
  await store.create(firstSettings(wanted));
  for (;;) {
    const stored = await store.read();
    if (stored === null)
      throw new TallyError('settings_disagree', 'the settings item vanished while it was read');
    checkAgreement(stored, wanted);
    const next = withLateness(withCompression(stored, wanted), wanted.latenessMs, clock.nowMs());
    if (next === stored || (await store.replace(stored, next))) return next;
  }
}

const firstSettings = (wanted: WantedSettings): Settings => ({
  formatVersion: FORMAT_VERSION,
  laneCount: wanted.laneCount,
  sliceMs: SLICE_MS,
  lateness: [{ fromDay: FIRST_DAY, latenessMs: wanted.latenessMs }],
});

function checkWanted({ laneCount, latenessMs, compression }: WantedSettings): void {
  if (compression === 'zstd' && !HAS_ZSTD) throw new TallyError('config_invalid', ZSTD_NEEDED);
  if (!isLaneCount(laneCount)) {
    throw new TallyError(
      'config_invalid',
      `lanes is ${laneCount}; accepted: a power of two, 1 to ${LANE_COUNT_MAX}`,
    );
  }
  if (!(latenessMs >= LATENESS_MS_MIN && latenessMs <= LATENESS_MS_MAX)) {
    const [minHours, maxDays] = [LATENESS_MS_MIN / HOUR_MS, LATENESS_MS_MAX / DAY_MS];
    throw new TallyError(
      'config_invalid',
      `lateness is ${latenessMs} ms; accepted: ${minHours}h to ${maxDays}d`,
    );
  }
}

function checkAgreement(stored: Settings, wanted: WantedSettings): void {
  const disagreement = (what: string, storedValue: number, wantedValue: number): TallyError =>
    new TallyError(
      'settings_disagree',
      `${what}: this data was written with ${storedValue}, the configuration says ${wantedValue}. ` +
        `It can't change once data exists: configure ${storedValue}, or start with empty data.`,
    );
  if (stored.formatVersion === FORMAT_VERSION_ZSTD && !HAS_ZSTD) {
    throw new TallyError('settings_disagree', `this data holds zstd chunks; ${ZSTD_NEEDED}`);
  }
  if (![FORMAT_VERSION, FORMAT_VERSION_ZSTD].includes(stored.formatVersion)) {
    throw disagreement('format version', stored.formatVersion, FORMAT_VERSION);
  }
  if (stored.sliceMs !== SLICE_MS) throw disagreement('slice length in ms', stored.sliceMs, SLICE_MS);
  if (stored.laneCount !== wanted.laneCount) throw disagreement('lanes', stored.laneCount, wanted.laneCount);
}

/** Never back: what was written stays in the stream and in the archive. */
const withCompression = (stored: Settings, { compression }: WantedSettings): Settings =>
  compression === 'zstd' && stored.formatVersion < FORMAT_VERSION_ZSTD
    ? { ...stored, formatVersion: FORMAT_VERSION_ZSTD }
    : stored;

/** A day has begun once an event of it can have been accepted; an hour of doubt covers clocks that run ahead. */
function withLateness(stored: Settings, latenessMs: number, nowMs: number): Settings {
  if (stored.lateness.at(-1)?.latenessMs === latenessMs) return stored;
  const fromDay = dayOf(nowMs + HOUR_MS + DAY_MS);
  const earlier = stored.lateness.filter((entry) => entry.fromDay < fromDay);
  return { ...stored, lateness: [...earlier, { fromDay, latenessMs }] };
}
