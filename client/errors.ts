import type { CloudEvent } from './types.js';

/** What went wrong, with a stable code: the server's own (docs/errors.md), or one of the client's. */
export class ClientError extends Error {
  public override readonly name: string = 'ClientError';

  public constructor(
    public readonly code: string,
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
