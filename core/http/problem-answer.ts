/** Errors as `application/problem+json`, by RFC 9457. */
import { StreamUnavailableError, TallyError, type ErrorCode, type RequestErrorCode } from '../errors.js';
import type { HttpAnswer } from './http-answer.js';

export const STATUS_BY_CODE: Readonly<Record<RequestErrorCode, number>> = {
  body_empty: 400,
  body_unreadable: 400,
  body_too_large: 413,
  too_many_events: 413,
  content_type_unsupported: 415,
  events_rejected: 422,
  stream_unavailable: 503,
  backlog_full: 503,
  ingest_closed: 503,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  parameter_invalid: 400,
  granularity_unavailable: 410,
  counter_overflow: 422,
  internal_error: 500,
};

const TITLE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const HIDDEN = new TallyError(
  'internal_error',
  'something failed that should not; the log has it; sending again is safe',
);

/**
 * The answer that an error ends a request with.
 *
 * An error that is not ours says nothing to the caller: it may name tables, hosts or data.
 */
export function problemAnswer(error: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const { code, message } = error instanceof TallyError ? error : HIDDEN;
  const status = statusOf(code);
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...retryAfter(error, status), ...headers },
    // The default `type`, about:blank, says that the title is the status's; what tells errors apart is `code`.
    body: JSON.stringify({ title: TITLE_BY_STATUS[status], status, code, detail: message }),
  };
}

/** What stops an engine from working is not the caller's fault, and may be over when it is asked again: 503. */
const statusOf = (code: ErrorCode): number =>
  code in STATUS_BY_CODE ? STATUS_BY_CODE[code as RequestErrorCode] : 503;

const RETRY_AFTER_SECONDS_DEFAULT = 5;

function retryAfter(error: unknown, status: number): Record<string, string> {
  if (status !== 503) return {};
  const seconds =
    error instanceof StreamUnavailableError ? error.retryAfterSeconds : RETRY_AFTER_SECONDS_DEFAULT;
  return { 'retry-after': String(seconds) };
}
