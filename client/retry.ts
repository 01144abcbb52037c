import type { RetryOptions, Runtime } from './types.js';

const RETRY_AFTER_MS_MAX = 5 * 60_000;

export const RETRY_DEFAULTS: Required<RetryOptions> = { max: 10, delayMs: 500, delayMsMax: 30_000 };

/** Worth another try: the next answer may differ, and sending again is always safe. */
export const isRetryable = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * How long to wait before attempt `attempt` (1 is the first retry): exponential backoff with full jitter, after
 * whatever the server asked for. The jitter stays on top of Retry-After, or every client would come back at once.
 */
export function delayMsBefore(
  attempt: number,
  retry: Required<RetryOptions>,
  runtime: Pick<Runtime, 'nowMs' | 'random'>,
  retryAfter: string | null,
): number {
  const ceilingMs = Math.min(retry.delayMsMax, retry.delayMs * 2 ** (attempt - 1));
  return retryAfterMs(retryAfter, runtime.nowMs()) + Math.floor(runtime.random() * ceilingMs);
}

/** Retry-After is a number of seconds or an HTTP date. Unreadable: as if it were absent. */
function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}
