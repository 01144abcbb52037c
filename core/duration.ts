import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './time.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

const SHORT = /^(\d{1,9})([smhd])$/;
/** Weeks, years and months are left out: the first are rare, the others have no length. */
const ISO_8601 = /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/** Read a duration, `48h`, `90m`, `5s`, `35d` or ISO 8601 such as `PT48H` or `P1DT12H`, in milliseconds. */
export function parseDuration(text: string): number | undefined {
  const short = SHORT.exec(text);
  if (short !== null) return Number(short[1]) * (UNIT_MS[short[2] ?? ''] ?? Number.NaN);
  const iso = ISO_8601.exec(text);
  if (iso === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = iso.slice(1).map((number) => Number(number ?? 0));
  return days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
}

/** The shortest way to write a duration of whole seconds, for messages. */
export function formatDuration(ms: number): string {
  const [unit = 's', unitMs = SECOND_MS] =
    Object.entries(UNIT_MS)
      .reverse()
      .find(([, candidateMs]) => ms % candidateMs === 0 && ms >= candidateMs) ?? [];
  return `${ms / unitMs}${unit}`;
}
