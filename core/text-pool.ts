const SLOTS = 4_096;

/** Short ASCII texts that come again and again, told by their bytes: finding one costs less than making it, and is one object. */
export class TextPool {
  readonly #texts = new Array<string>(SLOTS).fill('');

  /** The text of the bytes from `start` to `end`, which are ASCII and not empty; `hash` is any hash of them. */
  public textOf(bytes: Buffer, start: number, end: number, hash: number): string {
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#texts[slot] as string;
    if (known.length === end - start && isSame(known, bytes, start)) return known;
    const text = bytes.toString('latin1', start, end);
    this.#texts[slot] = text;
    return text;
  }
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
