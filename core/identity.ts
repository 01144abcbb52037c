import { sha256, sha256Characters } from './crypto.js';

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
export const identityOf = (event: Identity): Uint8Array => sha256(textOf(event)).subarray(0, ID_BYTES);

/** The same id as characters, one per byte, and as many behind it that are not part of it. */
export const identityCharacters = (event: Identity): string => sha256Characters(textOf(event));

/** What stands around the id: the same for all events that share the other four. */
export interface IdentityFrame {
  readonly before: string;
  readonly after: string;
}

export const identityFrameOf = ({
  source,
  type,
  subject,
  partitionKey,
}: Omit<Identity, 'id'>): IdentityFrame => ({
  before: `${source}\n`,
  after: `\n${type}\n${subject}\n${partitionKey}`,
});

const textOf = (event: Identity): string => {
  const { before, after } = identityFrameOf(event);
  return before + event.id + after;
};
