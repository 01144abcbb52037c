/** Minutes as a flat array of numbers: a third of the bytes and of the time that objects take. */
import type { MinuteIncrement } from '../../core/journal.js';
import type { FlatMinutes } from './open-data.js';

const FIELDS = 3;

export function flattenMinutes(minutes: readonly MinuteIncrement[]): FlatMinutes {
  const flat: number[] = [];
  for (const { minute, value, events } of minutes) flat.push(minute, value, events);
  return flat;
}

/** Read minutes from a flat array, which may begin with something else. */
export function unflattenMinutes(flat: readonly number[], start = 0): MinuteIncrement[] {
  const minutes: MinuteIncrement[] = [];
  for (let at = start; at < flat.length; at += FIELDS) {
    minutes.push({ minute: flat[at] ?? 0, value: flat[at + 1] ?? 0, events: flat[at + 2] ?? 0 });
  }
  return minutes;
}
