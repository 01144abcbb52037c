import { isUtf8 } from 'node:buffer';
import { REQUEST_BYTES_MAX } from '../core/limits.js';

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A longer line fits into no request. */
const LINE_BYTES_MAX = REQUEST_BYTES_MAX;

/** One line of input, and where it stands. */
export interface InputLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly byteCount: number;
  readonly content: LineContent;
}

export type LineContent =
  | { readonly text: string }
  /** Not fit to send: decoding it would change it, or it is larger than any request. */
  | { readonly code: string; readonly message: string };

/** Lines of a stream of bytes; blank ones are passed over. Memory: one line and one piece of the stream. */
export async function* readLines(file: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine> {
  let number = 0;
  for await (const line of splitLines(bytes)) {
    number++;
    const content = contentOf(number === 1 ? withoutMark(line) : line);
    const isBlank = 'text' in content && content.text.trim() === '';
    if (!isBlank) yield { file, number, byteCount: line.length, content };
  }
}

function contentOf(line: Buffer): LineContent {
  if (line.length > LINE_BYTES_MAX) {
    return { code: 'event_too_large', message: `the line is longer than ${LINE_BYTES_MAX} bytes` };
  }
  if (!isUtf8(line)) return { code: 'text_ill_formed', message: 'the line is not UTF-8' };
  return { text: line.toString('utf8') };
}

const withoutMark = (line: Buffer): Buffer =>
  line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? line.subarray(BYTE_ORDER_MARK.length)
    : line;

/** Cuts at newlines. */
async function* splitLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let line = new LineBuffer();
  for await (const piece of bytes) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      line.append(piece.subarray(start, end));
      yield line.joined();
      line = new LineBuffer();
      start = end + 1;
    }
    line.append(piece.subarray(start));
  }
  if (line.byteCount > 0) yield line.joined();
}

/** The pieces of one line. Beyond the limit only so much is kept as shows that it is too long. */
class LineBuffer {
  readonly #pieces: Uint8Array[] = [];
  public byteCount = 0;

  public append(piece: Uint8Array): void {
    if (this.byteCount > LINE_BYTES_MAX || piece.length === 0) return;
    this.#pieces.push(piece);
    this.byteCount += piece.length;
  }

  public joined(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
