/**
 * Every error Tally emits, with its stable code. `docs/errors.md` has one heading for each code and no other (tested).
 *
 * Say what is wrong, the value got, what is accepted and what to do. Bad *data* is never thrown across the core: an
 * event's errors are collected and answered. What is thrown ends a request, a batch or a start.
 */

/** What can be wrong with one event. Answered in `rejected[]`; the other events of the request are not touched. */
export const EVENT_ERROR_CODES = [
  'json_invalid',
  'event_not_object',
  'specversion_invalid',
  'id_invalid',
  'source_invalid',
  'source_not_allowed',
  'type_invalid',
  'subject_invalid',
  'partitionkey_invalid',
  'time_invalid',
  'time_too_old',
  'time_in_future',
  'day_sealed',
  'value_invalid',
  'data_conflict',
  'data_base64_invalid',
  'attribute_name_invalid',
  'attribute_value_invalid',
  'text_ill_formed',
  'number_out_of_range',
  'nesting_too_deep',
  'event_too_large',
] as const;

/** What can be wrong with a request as a whole. */
export const REQUEST_ERROR_CODES = [
  'body_empty',
  'body_unreadable',
  'body_too_large',
  'too_many_events',
  'content_type_unsupported',
  'events_rejected',
  'stream_unavailable',
  'backlog_full',
  'ingest_closed',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'parameter_invalid',
  'granularity_unavailable',
  'counter_overflow',
  'internal_error',
] as const;

/** What can stop an engine or a command from starting or going on. */
export const OPERATION_ERROR_CODES = [
  'config_invalid',
  'settings_disagree',
  'data_in_use',
  'keys_required',
  'journal_gap',
  'stream_gap',
  'drain_incomplete',
  'journal_contended',
  'audit_failed',
] as const;

export type EventErrorCode = (typeof EVENT_ERROR_CODES)[number];
export type RequestErrorCode = (typeof REQUEST_ERROR_CODES)[number];
export type OperationErrorCode = (typeof OPERATION_ERROR_CODES)[number];
export type ErrorCode = EventErrorCode | RequestErrorCode | OperationErrorCode;

/** One thing that is wrong with an event. */
export interface EventError {
  readonly code: EventErrorCode;
  readonly message: string;
}

export class TallyError extends Error {
  public override readonly name: string = 'TallyError';

  public constructor(
    public readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

type UnavailableCode = 'stream_unavailable' | 'backlog_full' | 'ingest_closed';

/** Chunks could not be stored, or not in time. Nothing of the request is promised; sending it again is safe. */
export class StreamUnavailableError extends TallyError {
  public override readonly name = 'StreamUnavailableError';

  public constructor(
    message: string,
    options?: ErrorOptions & { code?: UnavailableCode; retryAfterSeconds?: number },
  ) {
    super(options?.code ?? 'stream_unavailable', message, options);
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 1;
  }

  public readonly retryAfterSeconds: number;
}

const SHOWN_LENGTH_MAX = 80;

/** A value as an error message shows it: JSON, cut short. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX)) : describe(value);
  const isCut = typeof value === 'string' ? value.length > SHOWN_LENGTH_MAX : text.length > SHOWN_LENGTH_MAX;
  return isCut ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** Never serialises: a value under complaint may be deep or huge. */
function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? `an array of ${value.length}` : `a value of type ${typeof value}`;
}
