import { ID_WORDS } from './ids.js';

const SLOTS_MIN = 16;
/** So many, and this share, are behind the last place where an id may belong: for those that find no room there. */
const SLOTS_BEHIND_MIN = 16;
const BEHIND_SHARE = 1 / 64;
const FILL_MAX = 0.88;
/** By little: memory is dearer here than the time to move ids. */
const GROWTH = 1.2;

/** A place has twelve bits: eight in an array of their own, four below the hash, which has the other 28 of its word. */
const HIGH_BITS = 4;
const LOW_BITS = 8;
const LOW_MASK = 2 ** LOW_BITS - 1;
const HASHES = 2 ** (32 - HIGH_BITS);

/** Places are told apart up to here; a place beyond is the same as one below. */
export const PLACES = 2 ** (HIGH_BITS + LOW_BITS);

const NOWHERE: readonly number[] = [];

/**
 * Finds ids again by their first words: for each id, the places it was added under.
 *
 * The answer "nowhere" is certain. A place is only where the id *may* be: whoever asks looks there, because other ids begin with the
 * same 28 bits (of half a million, one in five hundred).
 *
 * Beginnings in ascending order, each where it belongs by its share of all or as near behind as there is room: ids are parts of
 * SHA-256 hashes, so they spread evenly. The order ends a search early, however full the table is, and lets it grow in one pass. Five
 * bytes a slot; zero marks an empty one, and a beginning of zeros is taken for one.
 */
export class IdIndex {
  /** Hashes, and the high bits of places below them. */
  #words: Uint32Array;
  #lowPlaces: Uint8Array;
  #slotCount: number;
  #usedCount = 0;

  /** @param countExpected room for so many ids is made at once. */
  public constructor(countExpected = 0) {
    this.#slotCount = Math.max(SLOTS_MIN, Math.ceil(countExpected / FILL_MAX));
    this.#words = new Uint32Array(lengthOf(this.#slotCount));
    this.#lowPlaces = new Uint8Array(this.#words.length);
  }

  /** What the index takes in memory. */
  public get byteLength(): number {
    return this.#words.byteLength + this.#lowPlaces.byteLength;
  }

  /** The places under which ids were added that begin as the id at `at` does. */
  public placesOf(ids: Uint32Array, at: number): readonly number[] {
    const hash = hashOf(ids, at);
    let places = NOWHERE;
    for (let slot = this.#find(hash); (this.#words[slot] as number) >>> HIGH_BITS === hash; slot++) {
      const high = (this.#words[slot] as number) & (2 ** HIGH_BITS - 1);
      places = [...places, (high << LOW_BITS) | (this.#lowPlaces[slot] as number)];
    }
    return places;
  }

  /**
   * Read where ids would be, and no more: so many waits for memory at the same time instead of one after the other. Whoever looks them
   * up afterwards finds them near.
   */
  public touch(ids: Uint32Array, start: number, end: number): number {
    const words = this.#words;
    const lowPlaces = this.#lowPlaces;
    const scale = this.#slotCount / HASHES;
    let sum = 0;
    for (let at = start; at < end; at += ID_WORDS) {
      const slot = Math.floor(((ids[at] as number) >>> HIGH_BITS) * scale);
      sum ^= (words[slot] as number) ^ (lowPlaces[slot] as number);
    }
    return sum;
  }

  /** Add the id at `at`. */
  public add(ids: Uint32Array, at: number, place: number): void {
    this.#makeRoom(1);
    this.#put(hashOf(ids, at), place);
  }

  /** Add ids that share a place. */
  public addAll(ids: Uint32Array, place: number): void {
    this.#makeRoom(ids.length / ID_WORDS);
    this.touch(ids, 0, ids.length);
    for (let at = 0; at < ids.length; at += ID_WORDS) this.#put(hashOf(ids, at), place);
  }

  /** The first slot where the hash stands, or belongs. */
  #find(hash: number): number {
    const words = this.#words;
    let slot = Math.floor(hash * (this.#slotCount / HASHES));
    for (
      let word = words[slot] as number;
      word >>> HIGH_BITS < hash && word !== 0;
      word = words[slot] as number
    )
      slot++;
    return slot;
  }

  #put(hash: number, place: number): void {
    const slot = this.#find(hash);
    const words = this.#words;
    const lowPlaces = this.#lowPlaces;
    let end = slot;
    while (words[end] !== 0) end++;
    // The last slot stays empty: there every search ends.
    if (end === words.length - 1) {
      this.#resize(this.#slotCount * GROWTH);
      this.#put(hash, place);
      return;
    }
    for (; end > slot; end--) {
      words[end] = words[end - 1] as number;
      lowPlaces[end] = lowPlaces[end - 1] as number;
    }
    words[slot] = (hash << HIGH_BITS) | ((place % PLACES) >>> LOW_BITS);
    lowPlaces[slot] = place & LOW_MASK;
    this.#usedCount++;
  }

  #makeRoom(count: number): void {
    const wanted = (this.#usedCount + count) / FILL_MAX;
    if (wanted > this.#slotCount) this.#resize(Math.max(wanted, this.#slotCount * GROWTH));
  }

  #resize(slotCountMin: number): void {
    const words = this.#words;
    const lowPlaces = this.#lowPlaces;
    this.#slotCount = Math.ceil(slotCountMin);
    this.#words = new Uint32Array(lengthOf(this.#slotCount));
    this.#lowPlaces = new Uint8Array(this.#words.length);
    const scale = this.#slotCount / HASHES;
    let next = 0;
    for (let from = 0; from < words.length; from++) {
      const word = words[from] as number;
      if (word === 0) continue;
      const slot = Math.max(next, Math.floor((word >>> HIGH_BITS) * scale));
      this.#words[slot] = word;
      this.#lowPlaces[slot] = lowPlaces[from] as number;
      next = slot + 1;
    }
    if (next < this.#words.length) return;
    // Too many belong at the end. What did not fit is in the old arrays still.
    [this.#words, this.#lowPlaces] = [words, lowPlaces];
    this.#resize(this.#slotCount * GROWTH);
  }
}

const lengthOf = (slotCount: number): number =>
  slotCount + SLOTS_BEHIND_MIN + Math.ceil(slotCount * BEHIND_SHARE);

const hashOf = (ids: Uint32Array, at: number): number => (ids[at] as number) >>> HIGH_BITS || 1;
