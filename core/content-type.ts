/** What a request says its body is. */
export interface ContentType {
  /** `type/subtype` in lower case; empty: the request does not say. */
  readonly mediaType: string;
  /** In lower case, if given. */
  readonly charset?: string;
}

/** Read a Content-Type header. Never fails: what is no media type is simply not an accepted one. */
export function parseContentType(header: string | undefined): ContentType {
  const [mediaType = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find((value) => value !== undefined);
  return charset === undefined ? { mediaType: mediaType.trim() } : { mediaType: mediaType.trim(), charset };
}

/** ASCII is UTF-8 too. Without a charset, JSON and CloudEvents are UTF-8. */
export const isUtf8 = ({ charset }: ContentType): boolean =>
  charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';

export const isJsonType = ({ mediaType }: ContentType): boolean =>
  mediaType === 'application/json' || mediaType === 'text/json' || mediaType.endsWith('+json');

export const isTextType = ({ mediaType }: ContentType): boolean => mediaType.startsWith('text/');
