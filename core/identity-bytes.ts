/** The same ids as `identity.ts` makes, from bytes that are at hand: a text would be put together and encoded first. */
import { sha256Characters } from './crypto.js';
import type { EventNames } from './event-names.js';
import { identityFrameOf, type Identity } from './identity.js';
import { ID_BYTES_MAX, SOURCE_BYTES_MAX, SUBJECT_BYTES_MAX, TYPE_LENGTH_MAX } from './limits.js';
import type { RequestBytes } from './request-bytes.js';
import type { ScannedIdentity } from './scanned-identity.js';

/** `IdentityFrame`, encoded. */
export interface IdentityFrameBytes {
  readonly before: Buffer;
  readonly after: Buffer;
}

export function identityFrameBytesOf(names: Omit<Identity, 'id'>): IdentityFrameBytes {
  const { before, after } = identityFrameOf(names);
  return { before: Buffer.from(before), after: Buffer.from(after) };
}

const NEWLINES = 4;
const WORD_OVERHANG = 3;
/** A producer's own key is shorter than the default one, `type/subject`. */
const KEY_BYTES_MAX = TYPE_LENGTH_MAX + 1 + SUBJECT_BYTES_MAX;
const LENGTH_MAX =
  SOURCE_BYTES_MAX + ID_BYTES_MAX + TYPE_LENGTH_MAX + SUBJECT_BYTES_MAX + KEY_BYTES_MAX + NEWLINES;

const whole = Buffer.alloc(LENGTH_MAX + WORD_OVERHANG);
const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
/** The first so many bytes of the whole. Making a view for each event would cost a third of hashing it. */
const firstByLength: (Buffer | undefined)[] = [];

/** As `identityCharacters`. */
export const scannedIdentityCharacters = ({ names, request, idStart, idLength }: ScannedIdentity): string =>
  hashIdentity(names, request, idStart, idLength);

/** As `identityCharacters`, of the id that stands there in UTF-8. */
export function hashIdentity(
  names: EventNames,
  request: RequestBytes,
  idStart: number,
  idLength: number,
): string {
  const { before, after } = names.identityFrame;
  whole.set(before);
  request.copy(idStart, idLength, view, before.length);
  const afterAt = before.length + idLength;
  whole.set(after, afterAt);
  const end = afterAt + after.length;
  return sha256Characters((firstByLength[end] ??= whole.subarray(0, end)));
}
