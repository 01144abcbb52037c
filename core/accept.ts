/** Acceptance by time: whether an event's day still takes events. Decided at the edge, answered per event. */
import type { EventError } from './errors.js';
import { EVENT_LEAD_MS_MAX } from './limits.js';
import { closeMsOf, type Settings } from './settings.js';
import { DAY_MS, MINUTE_MS, dayOf, floorTo, formatInstant, type Day } from './time.js';

/** What a decision depends on besides the event. */
export interface AcceptedWhen {
  readonly receivedAtMs: number;
  /** Every day up to and including this one is sealed; `null`: none is. */
  readonly sealedThrough: Day | null;
}

/** What keeps an event of this time from being accepted; `undefined`: nothing. */
export type FindTimeError = (timeMs: number, when: AcceptedWhen) => EventError | undefined;

interface DayClose {
  readonly day: Day;
  readonly startMs: number;
  readonly closeMs: number;
}

const REMEMBERED_DAYS_MAX = 100;

/** The rule under given settings. Remembers when days close: events of one request share a few of them. */
export function makeFindTimeError(settings: Settings): FindTimeError {
  const closeByDayStart = new Map<number, DayClose>();
  const lookUp = (timeMs: number): DayClose => {
    const startMs = floorTo(timeMs, DAY_MS);
    const known = closeByDayStart.get(startMs);
    if (known !== undefined) return known;
    const day = dayOf(timeMs);
    const close = { day, startMs, closeMs: closeMsOf(settings, day) };
    if (closeByDayStart.size >= REMEMBERED_DAYS_MAX) closeByDayStart.clear();
    closeByDayStart.set(startMs, close);
    return close;
  };
  let last: DayClose | undefined;
  const closeOf = (timeMs: number): DayClose => {
    const isSameDay = last !== undefined && timeMs >= last.startMs && timeMs < last.startMs + DAY_MS;
    return isSameDay ? (last as DayClose) : (last = lookUp(timeMs));
  };
  return (timeMs, { receivedAtMs, sealedThrough }) => {
    if (timeMs > receivedAtMs + EVENT_LEAD_MS_MAX) return futureError(timeMs, receivedAtMs);
    const { day, closeMs } = closeOf(timeMs);
    if (receivedAtMs >= closeMs) return oldError(timeMs, day, closeMs);
    if (sealedThrough !== null && day <= sealedThrough) return sealedError(timeMs, day);
    return undefined;
  };
}

const futureError = (timeMs: number, receivedAtMs: number): EventError => ({
  code: 'time_in_future',
  message:
    `time is ${formatInstant(timeMs)}, but it is ${formatInstant(receivedAtMs)} here; ` +
    `accepted: up to ${EVENT_LEAD_MS_MAX / MINUTE_MS} minutes ahead; check the producer's clock`,
});

const oldError = (timeMs: number, day: Day, closeMs: number): EventError => ({
  code: 'time_too_old',
  message:
    `time is ${formatInstant(timeMs)}, but ${day} closed at ${formatInstant(closeMs)}; ` +
    `accepted: events of days that are open; import older ones with tally import`,
});

const sealedError = (timeMs: number, day: Day): EventError => ({
  code: 'day_sealed',
  message:
    `time is ${formatInstant(timeMs)}, but ${day} is sealed: its totals are final; ` +
    `accepted: events of days that are open`,
});
