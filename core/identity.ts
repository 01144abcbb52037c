import { sha256 } from './crypto.js';

export const ID_BYTES = 16;

/** What makes two deliveries the same event, but for the slice of its time, which the journal's name holds. */
export interface Identity {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionKey: string;
}

/**
 * The id an event has in a journal: the first 16 bytes of SHA-256 over the five parts, a newline between each.
 *
 * Unambiguous, because control characters are refused in all five. SQL computes the same in `sql/`.
 */
export function identityOf(event: Identity): Uint8Array {
  const text = `${event.source}\n${event.id}\n${event.type}\n${event.subject}\n${event.partitionKey}`;
  return sha256(text).subarray(0, ID_BYTES);
}
