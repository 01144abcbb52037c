import { RefusedError, UnreachableError } from './errors.js';
import { delayMsBefore, isRetryable } from './retry.js';
import type { RetryOptions, Runtime } from './types.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base address, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is on every attempt: a retry is the same bytes. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface HttpOptions {
  readonly url: string;
  readonly apiKey?: string;
  readonly timeoutMs: number;
  readonly retry: Required<RetryOptions>;
  readonly runtime: Runtime;
  onRetry(): void;
}

/** Send one request until it is answered for good. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** One attempt's end: an answer, or why another is needed. */
type Attempt =
  | { readonly answer: HttpAnswer }
  | { readonly failure: UnreachableError | RefusedError; readonly retryAfter: string | null };

/**
 * @returns a function that resolves with any answer that another attempt would not change (2xx and 4xx) and rejects
 * with what the last attempt met once the attempts are used up.
 */
export function makeHttp(options: HttpOptions): Http {
  const { retry, runtime } = options;
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await attemptOnce(options, request);
      if ('answer' in outcome) return outcome.answer;
      if (attempt > retry.max) throw outcome.failure;
      await runtime.sleep(delayMsBefore(attempt, retry, runtime, outcome.retryAfter));
      options.onRetry();
    }
  };
}

async function attemptOnce(options: HttpOptions, request: HttpRequest): Promise<Attempt> {
  const address = `${options.url.replace(/\/+$/, '')}${request.path}`;
  try {
    const response = await options.runtime.fetch(address, {
      method: request.method,
      headers: { ...authorization(options.apiKey), ...request.headers },
      signal: AbortSignal.timeout(options.timeoutMs),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    // An answer cut off on its way is no answer: reading it belongs to the attempt.
    const json = readJson(await response.text(), response.ok);
    if (!isRetryable(response.status)) return { answer: { status: response.status, json } };
    return { failure: refusal(response.status, json), retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    const message = `no answer from ${options.url}: ${reasonOf(error)}`;
    return { failure: new UnreachableError(message, { cause: error }), retryAfter: null };
  }
}

const authorization = (apiKey: string | undefined): Record<string, string> =>
  apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

/** Gateways answer errors in HTML or not at all; only a success must be ours. */
function readJson(text: string, mustBeJson: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (mustBeJson) throw error;
    return null;
  }
}

/** What a refused request says of itself: problem+json if it is ours, else the status alone. */
export function refusal(status: number, json: unknown): RefusedError {
  const problem = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const message = text(problem['detail']) ?? text(problem['title']) ?? `the server answered ${status}`;
  return new RefusedError(status, text(problem['code']) ?? `http_${status}`, message);
}

interface Failure {
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly message?: unknown;
}

/** fetch hides the reason (ECONNREFUSED, a timeout) in nested causes. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, cause, errors, message } = error as Failure;
  if (typeof code === 'string') return code;
  const inner = errors?.[0] ?? cause;
  return inner === undefined ? String(message) : reasonOf(inner);
}
