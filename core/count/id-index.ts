import { ID_WORDS } from './ids.js';

const SLOTS_MIN = 16;
const FILL_MAX = 0.9;
/** By little, because the tables of all lanes grow at the same time. */
const GROWTH = 1.15;
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
 * Open addressing over two typed arrays, six bytes a slot. Ids are parts of SHA-256 hashes, so a first word is as good a hash as any;
 * it finds its slot by multiplication, so that a table may have any size. Zero marks an empty slot; a first word of zero is taken for one.
 */
export class IdIndex {
  #hashes: Uint32Array;
  #places: Uint16Array;
  #usedCount = 0;

  /** @param countExpected room for so many ids is made at once. */
  public constructor(countExpected = 0) {
    const slotCount = Math.max(SLOTS_MIN, Math.ceil(countExpected / FILL_MAX) + 1);
    this.#hashes = new Uint32Array(slotCount);
    this.#places = new Uint16Array(slotCount);
  }

  /** What the index takes in memory. */
  public get byteLength(): number {
    return this.#hashes.byteLength + this.#places.byteLength;
  }

  /** The places under which ids with the first word of the id at `at` were added. */
  public placesOf(ids: Uint32Array, at: number): readonly number[] {
    const hashes = this.#hashes;
    const hash = hashOf(ids, at);
    let slot = this.#homeOf(hash);
    let places = NOWHERE;
    for (let found = hashes[slot] as number; found !== 0; found = hashes[slot] as number) {
      if (found === hash) places = [...places, this.#places[slot] as number];
      if (++slot === hashes.length) slot = 0;
    }
    return places;
  }

  /** Add the id at `at`. */
  public add(ids: Uint32Array, at: number, place: number): void {
    if (this.#usedCount >= this.#hashes.length * FILL_MAX) this.#resize(this.#hashes.length * GROWTH);
    this.#put(hashOf(ids, at), place);
    this.#usedCount++;
  }

  /** Add ids that share a place. */
  public addAll(ids: Uint32Array, place: number): void {
    const slotsWanted = (this.#usedCount + ids.length / ID_WORDS) / FILL_MAX;
    const slotCount = this.#hashes.length;
    if (slotsWanted > slotCount) this.#resize(Math.max(slotsWanted, slotCount * GROWTH));
    for (let at = 0; at < ids.length; at += ID_WORDS) this.#put(hashOf(ids, at), place);
    this.#usedCount += ids.length / ID_WORDS;
  }

  #homeOf(hash: number): number {
    return Math.floor((hash * this.#hashes.length) / WORDS);
  }

  #put(hash: number, place: number): void {
    const hashes = this.#hashes;
    let slot = this.#homeOf(hash);
    while (hashes[slot] !== 0) if (++slot === hashes.length) slot = 0;
    hashes[slot] = hash;
    this.#places[slot] = place;
  }

  #resize(slotCount: number): void {
    const [hashes, places] = [this.#hashes, this.#places];
    this.#hashes = new Uint32Array(Math.ceil(slotCount) + 1);
    this.#places = new Uint16Array(this.#hashes.length);
    for (let slot = 0; slot < hashes.length; slot++) {
      const hash = hashes[slot] as number;
      if (hash !== 0) this.#put(hash, places[slot] as number);
    }
  }
}

const hashOf = (ids: Uint32Array, at: number): number => (ids[at] as number) || 1;
