/** Ids of events, handled as four 32-bit words each, many in one array: no object per id. */
import { ID_BYTES } from '../identity.js';

export const ID_WORDS = ID_BYTES / 4;

/** Word by word: a view of four words costs more than the words. */
export function copyId(from: Uint32Array, fromAt: number, to: Uint32Array, toAt: number): void {
  for (let word = 0; word < ID_WORDS; word++) to[toAt + word] = from[fromAt + word] as number;
}

export const isSameId = (a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean =>
  a[atA] === b[atB] && a[atA + 1] === b[atB + 1] && a[atA + 2] === b[atB + 2] && a[atA + 3] === b[atB + 3];

/** Whether the id at `at` of `ids` is one of `others`, between two places of them. Ids are hashes: nearly always the first word tells. */
export function isIdAmong(
  ids: Uint32Array,
  at: number,
  others: Uint32Array,
  start = 0,
  end = others.length,
): boolean {
  const first = ids[at];
  for (let other = start; other < end; other += ID_WORDS)
    if (others[other] === first && isSameId(ids, at, others, other)) return true;
  return false;
}

/** Byte order is fixed, so that ids read on any machine compare equal. */
export function writeId(characters: string, words: Uint32Array, at: number): void {
  for (let word = 0; word < ID_WORDS; word++) {
    const first = word * 4;
    words[at + word] =
      characters.charCodeAt(first) |
      (characters.charCodeAt(first + 1) << 8) |
      (characters.charCodeAt(first + 2) << 16) |
      (characters.charCodeAt(first + 3) << 24);
  }
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Ids as an entry stores them: 16 bytes each. Shares memory with the words where it can. */
export function idBytesOf(words: Uint32Array): Uint8Array {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return IS_LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}

/** The reverse of `idBytesOf`. */
export function idWordsOf(bytes: Uint8Array): Uint32Array {
  const isUsable = IS_LITTLE_ENDIAN && bytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0;
  // A typed array begins at a multiple of its words: what does not is copied.
  const aligned = isUsable ? bytes : new Uint8Array(bytes);
  if (!IS_LITTLE_ENDIAN) Buffer.from(aligned.buffer).swap32();
  return new Uint32Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.byteLength / Uint32Array.BYTES_PER_ELEMENT,
  );
}
