/** The one way to the server. */

const KEY_NAME = 'tally-key';

/** The server answered, and refused. */
export class RefusedError extends Error {
  /** API Gateway's own refusals have no code, and a `message` at most. */
  constructor(
    status,
    { code = `http_${status}`, message = `the server answered ${status}`, detail = message },
  ) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export const key = () => sessionStorage.getItem(KEY_NAME);
export const setKey = (value) => sessionStorage.setItem(KEY_NAME, value);
export const forgetKey = () => sessionStorage.removeItem(KEY_NAME);

/** Called with the refusal when a key is missing or not enough. */
let onKeyNeeded = () => {};
export const whenKeyNeeded = (listener) => void (onKeyNeeded = listener);

const TIMEOUT_MS = 10_000;

/**
 * Ask, and read the answer as JSON.
 *
 * @throws {RefusedError} the server said no. Any other error: it cannot be reached.
 */
export async function request(path, options = {}) {
  const token = key();
  const response = await fetch(path, {
    ...options,
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...options.headers },
  });
  const json = await response.json();
  // An event that is refused is an answer, not a failure: the caller shows why.
  if (response.ok || Array.isArray(json.rejected)) return json;
  const refusal = new RefusedError(response.status, json);
  // A key that API Gateway does not let in is answered 403 without a code; one that lacks a scope only may not send.
  const isKeyRefused = response.status === 403 && json.code === undefined && options.method === undefined;
  if (response.status === 401 || isKeyRefused) onKeyNeeded(refusal);
  throw refusal;
}

/** `/v1/counters/page.viewed?from=…`, without the parameters that are undefined or empty. */
export function pathOf(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The server's clock is the one that counts: how far it is ahead of ours. */
let clockOffsetMs = 0;
export const noteServerTime = ({ asOf, lagMs }) =>
  void (clockOffsetMs = Date.parse(asOf) + lagMs - Date.now());
export const serverNowMs = () => Date.now() + clockOffsetMs;
