import { ID_WORDS, isIdAmong } from './ids.js';

const GROWTH = 1.5;
const BYTES_PER_ENTRY = 8;

/** The ids of a journal's newest entries, packed one behind the other. Older ones are let go when memory is short. */
export class RecentIds {
  #words = new Uint32Array(0);
  #wordCount = 0;
  /** Where the ids of each entry begin. */
  #starts: number[] = [];
  #firstNumber = 1;

  /** What they take in memory. */
  public get byteLength(): number {
    return this.#words.byteLength + this.#starts.length * BYTES_PER_ENTRY;
  }

  /** Add the ids of the entry after the newest. */
  public add(number: number, ids: Uint32Array): void {
    if (this.#starts.length === 0) this.#firstNumber = number;
    this.#makeRoom(ids.length);
    this.#words.set(ids, this.#wordCount);
    this.#starts.push(this.#wordCount);
    this.#wordCount += ids.length;
  }

  /** Whether the ids of an entry are here. */
  public holds(number: number): boolean {
    return number >= this.#firstNumber && number < this.#firstNumber + this.#starts.length;
  }

  /** Whether the id at `at` of `ids` is in an entry that is here. */
  public has(number: number, ids: Uint32Array, at: number): boolean {
    const entry = number - this.#firstNumber;
    return isIdAmong(ids, at, this.#words, this.#starts[entry], this.#starts[entry + 1] ?? this.#wordCount);
  }

  /** Let go of the older half, by whole entries; of a single entry altogether. */
  public letGoOfHalf(): void {
    const half = this.#wordCount / 2;
    const found = this.#starts.findIndex((start) => start >= half && start > 0);
    const goneCount = found === -1 ? this.#starts.length : found;
    const goneWords = this.#starts[goneCount] ?? this.#wordCount;
    this.#words = this.#words.slice(goneWords, this.#wordCount);
    this.#wordCount -= goneWords;
    this.#starts = this.#starts.slice(goneCount).map((start) => start - goneWords);
    this.#firstNumber += goneCount;
  }

  #makeRoom(wordCount: number): void {
    const wanted = this.#wordCount + wordCount;
    if (wanted <= this.#words.length) return;
    const capacity = Math.ceil(Math.max(wanted, this.#words.length * GROWTH) / ID_WORDS) * ID_WORDS;
    const larger = new Uint32Array(capacity);
    larger.set(this.#words.subarray(0, this.#wordCount));
    this.#words = larger;
  }
}
