import type { CloudEvent } from './types.js';

/** What the client itself can meet. Besides these it passes on the server's codes, or `http_<status>` if there is none. */
export const CLIENT_ERROR_CODES = [
  'unreachable',
  'answer_unreadable',
  'queue_full',
  'events_unsent',
  'client_closed',
  'options_invalid',
  'instant_invalid',
] as const;

export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

/** What went wrong, with a stable code. docs/errors.md explains each. */
export class ClientError extends Error {
  public override readonly name: string = 'ClientError';

  public constructor(
    public readonly code: ClientErrorCode | (string & {}),
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No answer, or none that can be read, after every attempt. Whether the server has the events is unknown. */
export class UnreachableError extends ClientError {
  public override readonly name = 'UnreachableError';

  public constructor(message: string, options?: ErrorOptions) {
    super('unreachable', message, options);
  }
}

/** The server answered, and refused the request as a whole. */
export class RefusedError extends ClientError {
  public override readonly name = 'RefusedError';

  public constructor(
    public readonly status: number,
    code: string,
    message: string,
  ) {
    super(code, message);
  }
}

/** The client closed with events that could not be sent. They are here; sending them again later is safe. */
export class UnsentError extends ClientError {
  public override readonly name = 'UnsentError';

  public constructor(
    public readonly events: readonly CloudEvent[],
    options: { cause: unknown },
  ) {
    const why = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super('events_unsent', `${events.length} events could not be sent: ${why}`, options);
  }
}
