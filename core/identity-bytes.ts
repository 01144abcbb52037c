/** The same ids as `identity.ts` makes, from bytes that are at hand: a text would be put together and encoded first. */
import { sha256Characters } from './crypto.js';
import type { EventNames } from './event-names.js';
import { identityFrameOf, type Identity } from './identity.js';
import { ID_BYTES_MAX, SOURCE_BYTES_MAX, SUBJECT_BYTES_MAX, TYPE_LENGTH_MAX } from './limits.js';
import type { RequestBytes } from './request-bytes.js';

/** `IdentityFrame`, encoded. */
export interface IdentityFrameBytes {
  /** One object for neighbours of one source. */
  readonly before: Buffer;
  readonly afterLength: number;
  /** Filled up with zeros. */
  readonly afterWords: Int32Array;
}

let newestBefore = Buffer.alloc(0);

export function identityFrameBytesOf(names: Omit<Identity, 'id'>): IdentityFrameBytes {
  const frame = identityFrameOf(names);
  const before = Buffer.from(frame.before);
  if (!before.equals(newestBefore)) newestBefore = before;
  const after = Buffer.from(frame.after);
  const afterWords = Int32Array.from({ length: Math.ceil(after.length / WORD_BYTES) }, (_, word) =>
    after
      .subarray(word * WORD_BYTES, (word + 1) * WORD_BYTES)
      .reduceRight((sum, byte) => (sum << 8) | byte, 0),
  );
  return { before: newestBefore, afterLength: after.length, afterWords };
}

const NEWLINES = 4;
const WORD_BYTES = 4;
const WORD_OVERHANG = WORD_BYTES - 1;
/** A producer's own key is shorter than the default one, `type/subject`. */
const KEY_BYTES_MAX = TYPE_LENGTH_MAX + 1 + SUBJECT_BYTES_MAX;
const LENGTH_MAX =
  SOURCE_BYTES_MAX + ID_BYTES_MAX + TYPE_LENGTH_MAX + SUBJECT_BYTES_MAX + KEY_BYTES_MAX + NEWLINES;

const whole = Buffer.alloc(LENGTH_MAX + WORD_OVERHANG);
const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
/** The first so many bytes of the whole. Making a view for each event would cost a third of hashing it. */
const firstByLength: (Buffer | undefined)[] = [];

/** What `whole` begins with. */
let writtenBefore: Buffer | undefined;

/** As `identityCharacters`, of the id that stands there in UTF-8. */
export function hashIdentity(
  { identityFrame }: EventNames,
  bytes: RequestBytes,
  idStart: number,
  idLength: number,
): string {
  const { before, afterLength, afterWords } = identityFrame;
  if (before !== writtenBefore) whole.set((writtenBefore = before));
  bytes.copy(idStart, idLength, view, before.length);
  let at = before.length + idLength;
  const end = at + afterLength;
  for (let word = 0; word < afterWords.length; word++, at += WORD_BYTES)
    view.setInt32(at, afterWords[word] as number, true);
  return sha256Characters((firstByLength[end] ??= whole.subarray(0, end)));
}
