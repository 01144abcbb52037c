/** Numbers and times as people read them. Everything is UTC, and looks the same in every locale. */

const COUNT = new Intl.NumberFormat('en-US');
const RATE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value) => COUNT.format(value);
export const compact = (value) => COMPACT.format(value);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** Events per second: a digit behind the point only where it matters. */
export const rate = (perSecond) => (perSecond >= 100 ? count(Math.round(perSecond)) : RATE.format(perSecond));

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB'];

export function bytes(value) {
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), BYTE_UNITS.length - 1);
  return `${RATE.format(value / 1000 ** power)} ${BYTE_UNITS[power]}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `12 ms`, `2.4 s`, `45 s`, `3 min`, `5 h`. */
export function duration(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / 1000)} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return `${Math.round(ms / HOUR_MS)} h`;
}

/** `09:15:02`. */
export const clock = (ms) => new Date(ms).toISOString().slice(11, 19);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-11-21` → `21 Nov 2026`. */
export function day(text) {
  const [year, month, date] = text.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** `21 Nov, 09:15`. */
export function minute(ms) {
  const text = new Date(ms).toISOString();
  return `${day(text.slice(0, 10)).slice(0, -5)}, ${text.slice(11, 16)}`;
}

/** `archive_lost` and `driftCount` → `archive lost`, `drift count`. */
export const words = (name) =>
  name.replace(/_/g, ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** With a capital letter. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
