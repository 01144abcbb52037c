/**
 * CloudEvents' binary mode over HTTP: attributes in `ce-` headers, data in the body.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode
 */
import { decodeUtf8, inflate, parseJson, tryDecodeUtf8 } from './body.js';
import { isJsonType, isTextType, isUtf8, type ContentType } from './content-type.js';
import { TallyError, type EventError } from './errors.js';
import type { RequestHeaders, RequestItem } from './request-item.js';

const PREFIX = 'ce-';

/** Any of these says that the headers are an event's; a structured event's content type says more. */
const TELLING_HEADERS = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'];

export const isBinaryMode = (headers: RequestHeaders, { mediaType }: ContentType): boolean =>
  !mediaType.startsWith('application/cloudevents') &&
  TELLING_HEADERS.some((name) => headers[name] !== undefined);

/** @throws {TallyError} `body_unreadable`, `body_too_large`. */
export function decodeBinaryMode(
  headers: RequestHeaders,
  contentType: ContentType,
  body: Uint8Array,
): RequestItem {
  const attributes = new Map<string, unknown>();
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (name === 'data' || name === 'data_base64') return { error: dataHeaderError(header) };
    const text = decodeHeaderValue(String(value));
    if (text === undefined) return { error: headerError(header) };
    attributes.set(name, text);
  }
  // The type of the data is the body's own, in this mode.
  if (headers['content-type'] !== undefined) attributes.set('datacontenttype', headers['content-type']);
  if (body.length > 0) attributes.set(...dataOf(headers, contentType, body));
  return { candidate: Object.fromEntries(attributes) };
}

/** JSON as JSON, text as text, anything else as base64. Without a content type, data is JSON, as in CloudEvents. */
function dataOf(
  headers: RequestHeaders,
  contentType: ContentType,
  body: Uint8Array,
): [name: 'data' | 'data_base64', value: unknown] {
  if (contentType.mediaType === '' || isJsonType(contentType)) return ['data', readJson(inflate(body))];
  // Data may itself be gzip: only where the request says so is it inflated.
  const bytes = headers['content-encoding'] === undefined ? body : inflate(body);
  const text = isTextType(contentType) && isUtf8(contentType) ? tryDecodeUtf8(bytes) : undefined;
  return text === undefined ? ['data_base64', Buffer.from(bytes).toString('base64')] : ['data', text];
}

function readJson(body: Uint8Array): unknown {
  const json = parseJson(decodeUtf8(body));
  if ('value' in json) return json.value;
  throw new TallyError(
    'body_unreadable',
    `the body is not JSON: ${json.problem}; accepted in binary mode: JSON data, or a content-type that says what it is`,
  );
}

const LATIN_1_MAX = 0xff;
const PERCENT_ENCODED_BYTE = /%([0-9a-fA-F]{2})/g;

/**
 * A header's text: percent-encoded UTF-8, as the binding wants it; or, as some SDKs send it, plain UTF-8 or Latin-1,
 * which Node hands over byte by byte. A percent sign that encodes nothing stands for itself.
 *
 * `undefined`: percent-encoded bytes that are not UTF-8.
 */
function decodeHeaderValue(value: string): string | undefined {
  for (let at = 0; at < value.length; at++) if (value.charCodeAt(at) > LATIN_1_MAX) return value;
  const bytes = value.replace(PERCENT_ENCODED_BYTE, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  const isEncoded = bytes !== value;
  return tryDecodeUtf8(Buffer.from(bytes, 'latin1')) ?? (isEncoded ? undefined : value);
}

const headerError = (header: string): EventError => ({
  code: 'text_ill_formed',
  message: `the header ${header} is not UTF-8 once percent-decoded; percent-encode each byte of its UTF-8`,
});

const dataHeaderError = (header: string): EventError => ({
  code: 'attribute_name_invalid',
  message: `the header ${header} names no attribute; in binary mode the body is the data`,
});
