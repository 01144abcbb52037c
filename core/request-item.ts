import type { EventError } from './errors.js';
import type { TallyEvent } from './event.js';

/** Header names in lower case, as Node and API Gateway give them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * One event as it came: valid already, because it was scanned; or parsed JSON; or why there is none. Its place in the list is
 * its index in the answer.
 */
export type RequestItem =
  { readonly event: TallyEvent } | { readonly candidate: unknown } | { readonly error: EventError };
