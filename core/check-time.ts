/** An event's time: RFC 3339 to milliseconds, and help for those who sent something else. */
import { shown, type EventError } from './errors.js';
import { INSTANT_MS_MAX, INSTANT_MS_MIN, SECOND_MS, formatInstant, parseInstant } from './time.js';

/** What an event's `time` says, in milliseconds; or what is wrong with it. */
export function readTime(value: unknown): number | EventError {
  const timeMs = typeof value === 'string' ? parseInstant(value) : undefined;
  return timeMs ?? timeError(value);
}

function timeError(value: unknown): EventError {
  const got = value === undefined || value === null ? 'missing' : shown(value);
  const accepted = 'RFC 3339 with a time zone, years 0000 to 9999, e.g. 2026-11-21T09:15:02.120Z';
  return { code: 'time_invalid', message: `time is ${got}; accepted: ${accepted}; ${cureFor(value)}` };
}

function cureFor(value: unknown): string {
  if (value === undefined || value === null)
    return 'send when it happened: a retry must carry the same time as the first attempt';
  if (typeof value === 'number') return cureForNumber(value);
  if (typeof value !== 'string') return 'send it as text';
  if (/^\d{9,13}$/.test(value)) return cureForNumber(Number(value));
  if (/T\d{2}:\d{2}:60/i.test(value)) return 'a leap second has no place in UTC milliseconds: send second 59';
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return 'add the time of day, e.g. T00:00:00Z';
  if (/^\d{4}-\d{2}-\d{2} /.test(value)) return 'put a T between date and time of day';
  if (/\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(value))
    return 'add the seconds, if missing, and Z or an offset like +01:00';
  return 'check that the day is in the calendar and the time on the clock';
}

/** From 2001 on; before that, epoch milliseconds would be taken for seconds. */
const SECONDS_LOOK_MIN = 1e9;
const MILLISECONDS_LOOK_MIN = 1e12;

function cureForNumber(value: number): string {
  const unit = value >= MILLISECONDS_LOOK_MIN ? 'milliseconds' : 'seconds';
  const ms = Math.trunc(unit === 'seconds' ? value * SECOND_MS : value);
  const isInstant = value >= SECONDS_LOOK_MIN && ms >= INSTANT_MS_MIN && ms <= INSTANT_MS_MAX;
  if (!isInstant) return 'send it as text';
  return `the value looks like epoch ${unit}: send "${formatInstant(ms)}"`;
}
