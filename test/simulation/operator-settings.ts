import type { SettingsStore } from '../../core/ports.js';
import { FORMAT_VERSION, agreeOnSettings, type Settings } from '../../core/settings.js';
import { SLICE_MS } from '../../core/time.js';
import type { Shape } from './scenario.js';

/** The settings item. What a process read when it started may be older than what is here. */
export class OperatorSettings {
  #settings: Settings;

  public constructor(private readonly shape: Pick<Shape, 'laneCount' | 'latenessMs'>) {
    this.#settings = {
      formatVersion: FORMAT_VERSION,
      laneCount: shape.laneCount,
      sliceMs: SLICE_MS,
      lateness: [{ fromDay: '0000-01-01', latenessMs: shape.latenessMs }],
    };
  }

  public get current(): Settings {
    return this.#settings;
  }

  /** As when a process starts that is configured with another lateness. */
  public async wantLateness(latenessMs: number, nowMs: number): Promise<void> {
    const store: SettingsStore = {
      read: () => Promise.resolve(this.#settings),
      create: () => Promise.resolve(false),
      replace: (_expected, next) => {
        this.#settings = next;
        return Promise.resolve(true);
      },
    };
    const wanted = { laneCount: this.shape.laneCount, latenessMs };
    await agreeOnSettings(store, wanted, { nowMs: () => nowMs });
  }
}
