import type { Clock, DayRecord, Days } from '../ports.js';
import { expiresAtMsOf, type Settings } from '../settings.js';
import { DAY_MS, MINUTE_MS, dayOf, floorTo } from '../time.js';

/** How long a day's record may be believed. A day is sealed only long after its last event was counted. */
const BELIEVED_MS = MINUTE_MS;

/** From this long before its items may vanish, a day takes no more events. */
export const EXPIRY_GUARD_MS = DAY_MS;

export interface OpenDay {
  readonly expiresAtMs: number;
  /** Why no event of the day may be counted any more; `null`: it may. */
  readonly refusal: string | null;
}

/** What a worker knows of days, read once a minute. Days are looked up by their number since the epoch. */
export class DayBook {
  readonly #dayByNumber = new Map<number, OpenDay>();
  /** A day that takes events: the one that was asked for last. */
  #openFromMs = Number.NaN;
  #readAtMs = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly days: Days,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly streamRetentionMs: number,
  ) {}

  /** Forget what is too old to be believed. */
  public refresh(): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.#readAtMs < BELIEVED_MS) return;
    this.#dayByNumber.clear();
    this.#openFromMs = Number.NaN;
    this.#readAtMs = nowMs;
  }

  /** As `OpenDay.refusal`; `undefined`: the day is not known. Neighbouring events mostly are of one day. */
  public refusalOf(timeMs: number): string | null | undefined {
    if (timeMs >= this.#openFromMs && timeMs < this.#openFromMs + DAY_MS) return null;
    const refusal = this.known(timeMs)?.refusal;
    if (refusal === null) this.#openFromMs = floorTo(timeMs, DAY_MS);
    return refusal;
  }

  public known(timeMs: number): OpenDay | undefined {
    return this.#dayByNumber.get(Math.floor(timeMs / DAY_MS));
  }

  /** Read the day of an instant, opening it if this is its first event. */
  public async load(timeMs: number): Promise<OpenDay> {
    const day = dayOf(timeMs);
    const expiresAtMs = expiresAtMsOf(this.settings, day, this.streamRetentionMs);
    const record = await this.days.open(day, expiresAtMs);
    const openDay = { expiresAtMs: record.expiresAtMs, refusal: this.#refusalOf(record) };
    this.#dayByNumber.set(Math.floor(timeMs / DAY_MS), openDay);
    return openDay;
  }

  #refusalOf({ day, isSealed, expiresAtMs }: DayRecord): string | null {
    if (isSealed) return `day ${day} is sealed`;
    const isNearExpiry = this.clock.nowMs() >= expiresAtMs - EXPIRY_GUARD_MS;
    return isNearExpiry ? `day ${day} is about to expire, its journals would vanish under the count` : null;
  }
}
