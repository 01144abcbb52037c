import { ID_BYTES } from '../identity.js';

/** Ids are handled as four 32-bit words each, many in one array: no object per id. */
export const ID_WORDS = ID_BYTES / 4;

const SLOTS_MIN = 16;

/**
 * A set of 16-byte ids: open addressing over one typed array.
 *
 * Ids are parts of SHA-256 hashes, so their first word is as good a hash as any. Zeros mark an empty slot; the one id
 * that is all zeros is remembered by a flag.
 */
export class IdSet {
  #words = new Uint32Array(SLOTS_MIN * ID_WORDS);
  #usedSlotCount = 0;
  #hasZeroId = false;

  public get size(): number {
    return this.#usedSlotCount + (this.#hasZeroId ? 1 : 0);
  }

  /** What the set takes in memory. */
  public get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Whether the id at `index` of `ids` is in the set. */
  public has(ids: Uint32Array, index: number): boolean {
    const at = index * ID_WORDS;
    return isZero(ids, at) ? this.#hasZeroId : this.#find(ids, at) >= 0;
  }

  /** Add the id at `index` of `ids`. True: it was not in the set. */
  public add(ids: Uint32Array, index: number): boolean {
    const at = index * ID_WORDS;
    if (isZero(ids, at)) {
      const isNew = !this.#hasZeroId;
      this.#hasZeroId = true;
      return isNew;
    }
    const found = this.#find(ids, at);
    if (found >= 0) return false;
    copyId(ids, at, this.#words, ~found);
    this.#usedSlotCount++;
    // Two thirds full: linear probing gets slow beyond.
    if (this.#usedSlotCount * ID_WORDS * 3 > this.#words.length * 2) this.#grow();
    return true;
  }

  /** Where the id's words are; if it is not in the set, the complement (below 0) of where they belong. */
  #find(ids: Uint32Array, from: number): number {
    const words = this.#words;
    const mask = words.length - 1;
    for (let at = ((ids[from] ?? 0) * ID_WORDS) & mask; ; at = (at + ID_WORDS) & mask) {
      if (isZero(words, at)) return ~at;
      if (isEqual(ids, from, words, at)) return at;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += ID_WORDS) {
      if (!isZero(old, at)) copyId(old, at, this.#words, ~this.#find(old, at));
    }
  }
}

/** Word by word: a view of four words costs more than the words. */
export function copyId(from: Uint32Array, fromAt: number, to: Uint32Array, toAt: number): void {
  for (let word = 0; word < ID_WORDS; word++) to[toAt + word] = from[fromAt + word] as number;
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

const isEqual = (a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean =>
  a[atA] === b[atB] && a[atA + 1] === b[atB + 1] && a[atA + 2] === b[atB + 2] && a[atA + 3] === b[atB + 3];

const isZero = (words: Uint32Array, at: number): boolean =>
  words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0;
