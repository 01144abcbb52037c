/**
 * The only source of chance in the simulation: a small fast generator (sfc32), seeded by text.
 *
 * Each concern draws from its own fork, so that switching one fault off does not change what the clients send.
 */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  public constructor(seed: string) {
    this.#seed = seed;
    const nextWord = makeHash(seed);
    [this.#a, this.#b, this.#c] = [nextWord(), nextWord(), nextWord()];
    for (let round = 0; round < 12; round++) this.next();
  }

  /** An independent generator; the same label always gives the same one. */
  public fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`);
  }

  /** From 0, below 1. */
  public next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  public integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  public chance(probability: number): boolean {
    return this.next() < probability;
  }

  public pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Mostly small, sometimes near `max`: what delays look like. */
  public skewed(max: number): number {
    return max * this.next() ** 4;
  }
}

/** A stream of 32-bit words from a text (FNV-1a, then a finaliser for each word). */
function makeHash(text: string): () => number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return () => {
    hash = (hash + 0x9e3779b9) | 0;
    let word = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}
