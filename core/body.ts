/** A request's bytes: how they become text, and every way in which they cannot. */
import { TallyError } from './errors.js';
import { REQUEST_BYTES_MAX } from './limits.js';
import { gunzip, isGzip } from './zlib.js';

/** Refuse a body that is too large as it came. Bytes on the wire count, too: nobody needs to inflate to know. */
export function refuseTooLarge(body: Uint8Array): void {
  if (body.length > REQUEST_BYTES_MAX) throw bodyTooLargeError(`is ${body.length} bytes`);
}

export const bodyTooLargeError = (got: string): TallyError =>
  new TallyError(
    'body_too_large',
    `the body ${got}; accepted: up to ${REQUEST_BYTES_MAX} bytes, decompressed; send it in several requests`,
  );

/**
 * Inflate a body that begins like gzip; any other is returned as it is.
 *
 * @throws {TallyError} `body_too_large` (cut off at the limit, not inflated first), `body_unreadable`.
 */
export function inflate(body: Uint8Array): Uint8Array {
  if (!isGzip(body)) return body;
  const inflated = gunzip(body, REQUEST_BYTES_MAX);
  if (inflated === 'too_large') throw bodyTooLargeError(`inflates to more than ${REQUEST_BYTES_MAX} bytes`);
  if (inflated === 'corrupt') {
    throw new TallyError(
      'body_unreadable',
      'the body begins like gzip but is cut short or damaged; send it again',
    );
  }
  return inflated;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether bytes are UTF-8, and then their text, without a byte order mark. */
export function tryDecodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** @throws {TallyError} `body_unreadable`. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = tryDecodeUtf8(bytes);
  if (text !== undefined) return text;
  throw notUtf8Error();
}

const inner = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decode bytes from the middle of a body, where a byte order mark is a character like any other.
 *
 * @throws {TallyError} `body_unreadable`.
 */
export function decodeInnerUtf8(bytes: Uint8Array): string {
  try {
    return inner.decode(bytes);
  } catch {
    throw notUtf8Error();
  }
}

const notUtf8Error = (): TallyError =>
  new TallyError('body_unreadable', 'the body is not valid UTF-8; accepted: JSON in UTF-8, plain or gzip');

export type JsonOutcome = { readonly value: unknown } | { readonly problem: string };

/** Parse JSON. Of duplicate keys the last one wins, here and wherever Tally reads JSON. */
export function parseJson(text: string): JsonOutcome {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: (error as SyntaxError).message };
  }
}
