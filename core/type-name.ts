import { TYPE_LENGTH_MAX } from './limits.js';

const NEVER = 0;
const ANYWHERE = 1;
const NOT_FIRST = 2;

/** Where in a type each ASCII character may stand. A table, because ingest asks for every event. */
const PLACE_OF_CHARACTER = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[A-Za-z0-9]/.test(character)) return ANYWHERE;
  return /[._:-]/.test(character) ? NOT_FIRST : NEVER;
});

/**
 * Whether a text can be an event's `type`: `[A-Za-z0-9][A-Za-z0-9._:-]{0,127}`.
 *
 * No `/`, so that `type/subject` has one reading only.
 */
export function isTypeName(text: string): boolean {
  if (text.length === 0 || text.length > TYPE_LENGTH_MAX) return false;
  if (PLACE_OF_CHARACTER[text.charCodeAt(0)] !== ANYWHERE) return false;
  for (let at = 1; at < text.length; at++) {
    // Beyond ASCII the table has no entry, which is as good as NEVER.
    if (!PLACE_OF_CHARACTER[text.charCodeAt(at)]) return false;
  }
  return true;
}
