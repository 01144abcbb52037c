import type { SettingsStore } from '../../core/ports.js';
import { FORMAT_VERSION, agreeOnSettings, closeMsOf, type Settings } from '../../core/settings.js';
import { SLICE_MS, dayStartMs, type Day } from '../../core/time.js';
import type { Shape } from './scenario.js';

/** The settings item. What a process read when it started may be older than what is here. */
export class OperatorSettings {
  #settings: Settings;
  /** What was in force, and since when. */
  readonly #history: { readonly sinceMs: number; readonly settings: Settings }[] = [];

  public constructor(private readonly shape: Pick<Shape, 'laneCount' | 'latenessMs'>) {
    this.#settings = {
      formatVersion: FORMAT_VERSION,
      laneCount: shape.laneCount,
      sliceMs: SLICE_MS,
      lateness: [{ fromDay: '0000-01-01', latenessMs: shape.latenessMs }],
    };
    this.#history.push({ sinceMs: Number.NEGATIVE_INFINITY, settings: this.#settings });
  }

  public get current(): Settings {
    return this.#settings;
  }

  /** When the day closes by what was in force as it began: its clients may rely on it. */
  public promisedCloseMsOf(day: Day): number {
    const begun = this.#history.filter(({ sinceMs }) => sinceMs < dayStartMs(day)).at(-1);
    return closeMsOf(begun?.settings ?? this.#settings, day);
  }

  /** As when a process starts that is configured with another lateness. */
  public async wantLateness(latenessMs: number, nowMs: number): Promise<void> {
    const store: SettingsStore = {
      read: () => Promise.resolve(this.#settings),
      create: () => Promise.resolve(false),
      replace: (_expected, next) => {
        this.#settings = next;
        this.#history.push({ sinceMs: nowMs, settings: next });
        return Promise.resolve(true);
      },
    };
    const wanted = { laneCount: this.shape.laneCount, latenessMs };
    await agreeOnSettings(store, wanted, { nowMs: () => nowMs });
  }
}
