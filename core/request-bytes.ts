/** The bytes of a request, looked at in words of four: a loop over bytes takes three times as long. */

/** Where a text lies in a request. Empty: the event has none. */
export class TextSpan {
  public start = 0;
  public end = 0;
  /** Any hash of its bytes, the same for the same bytes. */
  public hash = 0;

  public clear(): void {
    this.start = this.end = this.hash = 0;
  }

  public get length(): number {
    return this.end - this.start;
  }
}

const WORD_BYTES = 4;
const DOUBLE_BYTES = 8;

/**
 * A few bytes that requests are compared with.
 *
 * Eight at a time, as doubles, if all are printable ASCII: such doubles are neither NaN nor zero, so they are equal only if their bytes are.
 */
export class Piece {
  public readonly length: number;
  /** The last one overlaps the one before it. */
  readonly #doubles: Float64Array;
  /** Instead of doubles: there are less than eight bytes, or others than printable ASCII. */
  readonly #bytes: Uint8Array | undefined;

  public constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const isByDoubles = bytes.length >= DOUBLE_BYTES && isPrintable(bytes);
    this.#doubles = new Float64Array(isByDoubles ? Math.ceil(bytes.length / DOUBLE_BYTES) : 0);
    this.#bytes = isByDoubles ? undefined : Uint8Array.from(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let index = 0; index < this.#doubles.length; index++) {
      const at = Math.min(index * DOUBLE_BYTES, bytes.length - DOUBLE_BYTES);
      this.#doubles[index] = view.getFloat64(at, true);
    }
  }

  public isAt(request: RequestBytes, start: number): boolean {
    if (this.#bytes !== undefined) return areAt(this.#bytes, request, start);
    const { view, length } = request;
    if (start + this.length > length) return false;
    const doubles = this.#doubles;
    const last = doubles.length - 1;
    let at = start;
    for (let index = 0; index < last; index++, at += DOUBLE_BYTES)
      if (view.getFloat64(at, true) !== doubles[index]) return false;
    return view.getFloat64(start + this.length - DOUBLE_BYTES, true) === doubles[last];
  }
}

function isPrintable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 0x20 || byte >= 0x7f) return false;
  return true;
}

function areAt(bytes: Uint8Array, request: RequestBytes, start: number): boolean {
  for (let index = 0; index < bytes.length; index++)
    if (bytes[index] !== request.bytes[start + index]) return false;
  return true;
}

export class RequestBytes {
  public readonly bytes: Buffer;
  public readonly length: number;
  public readonly view: DataView;

  public constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Four bytes, the first lowest. Behind the end are zeros. */
  public wordAt(at: number): number {
    return at + WORD_BYTES <= this.length ? this.view.getInt32(at, true) : this.#lastWord(at);
  }

  /** Copy bytes, in words: `to` must have room for three bytes more. */
  public copy(start: number, length: number, to: DataView, toStart: number): void {
    for (let at = 0; at < length; at += WORD_BYTES) to.setInt32(toStart + at, this.wordAt(start + at), true);
  }

  #lastWord(at: number): number {
    let word = 0;
    for (let byte = at; byte < this.length; byte++) word |= (this.bytes[byte] as number) << ((byte - at) * 8);
    return word;
  }

  /** Take in the plain text that begins at `start`, behind its quote. False: something that is not plain comes before the quote at its end. */
  public readText(span: TextSpan, start: number): boolean {
    let at = start;
    let hash = 0;
    for (;;) {
      const word = this.wordAt(at);
      const odd = oddBytesIn(word);
      if (odd === 0) {
        hash = mixed(hash, word);
        at += WORD_BYTES;
        continue;
      }
      const plainCount = (31 - Math.clz32(odd & -odd)) >>> 3;
      span.start = start;
      span.end = at + plainCount;
      span.hash = mixed(hash, word & maskOf(plainCount)) ^ plainCount;
      return this.bytes[span.end] === QUOTE;
    }
  }
}

const QUOTE = 0x22;

/** The lowest so many bytes of a word. */
const maskOf = (byteCount: number): number => (1 << (byteCount * 8)) - 1;

/**
 * The top bit of each byte that a JSON string may not hold as itself, or a counted attribute not at all: controls and delete, the quote
 * and the backslash, all that is not ASCII. Exact for the lowest such byte; above it, others may be marked, too.
 */
function oddBytesIn(word: number): number {
  const toQuote = word ^ 0x22222222;
  const toBackslash = word ^ 0x5c5c5c5c;
  return (
    (word |
      (word - 0x20202020) |
      (word + 0x01010101) |
      ((toQuote - 0x01010101) & ~toQuote) |
      ((toBackslash - 0x01010101) & ~toBackslash)) &
    0x80808080
  );
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return product ^ (product >>> 15);
}
