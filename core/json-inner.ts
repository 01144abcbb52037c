/** A text as it stands between the quotes of a JSON string. Nearly all stand there as they are. */
export const jsonInner = (text: string): string =>
  ESCAPED.test(text) ? JSON.stringify(text).slice(1, -1) : text;

/** What JSON.stringify may write in another way. */
// eslint-disable-next-line no-control-regex -- they are what must be escaped
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;
