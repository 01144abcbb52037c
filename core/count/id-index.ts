import { ID_WORDS } from './ids.js';

const SLOTS_MIN = 16;
/** So many, and this share, are behind the last place where an id may belong: for those that find no room there. */
const SLOTS_BEHIND_MIN = 16;
const BEHIND_SHARE = 1 / 64;
const FILL_MAX = 0.85;
/** By little: memory is dearer here than the time to move ids. */
const GROWTH = 1.25;
const WORDS = 2 ** 32;

/** Places are told apart up to here; a place beyond is the same as one below. */
export const PLACES = 2 ** 16;

const NOWHERE: readonly number[] = [];

/**
 * Finds ids again by their first words: for each id, the places it was added under.
 *
 * The answer "nowhere" is certain. A place is only where the id *may* be: whoever asks looks there, because other ids have the same
 * first word (of half a million, one in eight thousand).
 *
 * First words in ascending order, each where it belongs by its share of all words or as near behind as there is room: ids are parts of
 * SHA-256 hashes, so they spread evenly. The order ends a search early, however full the table is, and lets it grow in one pass. Six
 * bytes a slot; zero marks an empty one, and a first word of zero is taken for one.
 */
export class IdIndex {
  #hashes: Uint32Array;
  #places: Uint16Array;
  #slotCount: number;
  #usedCount = 0;

  /** @param countExpected room for so many ids is made at once. */
  public constructor(countExpected = 0) {
    this.#slotCount = Math.max(SLOTS_MIN, Math.ceil(countExpected / FILL_MAX));
    this.#hashes = new Uint32Array(lengthOf(this.#slotCount));
    this.#places = new Uint16Array(this.#hashes.length);
  }

  /** What the index takes in memory. */
  public get byteLength(): number {
    return this.#hashes.byteLength + this.#places.byteLength;
  }

  /** The places under which ids with the first word of the id at `at` were added. */
  public placesOf(ids: Uint32Array, at: number): readonly number[] {
    const hash = hashOf(ids, at);
    let places = NOWHERE;
    for (let slot = this.#find(hash); this.#hashes[slot] === hash; slot++)
      places = [...places, this.#places[slot] as number];
    return places;
  }

  /**
   * Read where ids would be, and no more: so many waits for memory at the same time instead of one after the other. Whoever looks them
   * up afterwards finds them near.
   */
  public touch(ids: Uint32Array, start: number, end: number): number {
    const hashes = this.#hashes;
    const places = this.#places;
    const scale = this.#slotCount / WORDS;
    let sum = 0;
    for (let at = start; at < end; at += ID_WORDS) {
      const slot = Math.floor((ids[at] as number) * scale);
      sum ^= (hashes[slot] as number) ^ (places[slot] as number);
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

  /** The first slot where the word stands, or belongs. */
  #find(hash: number): number {
    const hashes = this.#hashes;
    let slot = Math.floor(hash * (this.#slotCount / WORDS));
    for (let found = hashes[slot] as number; found < hash && found !== 0; found = hashes[slot] as number)
      slot++;
    return slot;
  }

  #put(hash: number, place: number): void {
    const slot = this.#find(hash);
    const hashes = this.#hashes;
    const places = this.#places;
    let end = slot;
    while (hashes[end] !== 0) end++;
    // The last slot stays empty: there every search ends.
    if (end === hashes.length - 1) {
      this.#resize(this.#slotCount * GROWTH);
      this.#put(hash, place);
      return;
    }
    for (; end > slot; end--) {
      hashes[end] = hashes[end - 1] as number;
      places[end] = places[end - 1] as number;
    }
    hashes[slot] = hash;
    places[slot] = place;
    this.#usedCount++;
  }

  #makeRoom(count: number): void {
    const wanted = (this.#usedCount + count) / FILL_MAX;
    if (wanted > this.#slotCount) this.#resize(Math.max(wanted, this.#slotCount * GROWTH));
  }

  #resize(slotCountMin: number): void {
    const hashes = this.#hashes;
    const places = this.#places;
    this.#slotCount = Math.ceil(slotCountMin);
    this.#hashes = new Uint32Array(lengthOf(this.#slotCount));
    this.#places = new Uint16Array(this.#hashes.length);
    const scale = this.#slotCount / WORDS;
    let next = 0;
    for (let from = 0; from < hashes.length; from++) {
      const hash = hashes[from] as number;
      if (hash === 0) continue;
      const slot = Math.max(next, Math.floor(hash * scale));
      this.#hashes[slot] = hash;
      this.#places[slot] = places[from] as number;
      next = slot + 1;
    }
    if (next < this.#hashes.length) return;
    // Too many belong at the end. What did not fit is in the old arrays still.
    [this.#hashes, this.#places] = [hashes, places];
    this.#resize(this.#slotCount * GROWTH);
  }
}

const lengthOf = (slotCount: number): number =>
  slotCount + SLOTS_BEHIND_MIN + Math.ceil(slotCount * BEHIND_SHARE);

const hashOf = (ids: Uint32Array, at: number): number => (ids[at] as number) || 1;
