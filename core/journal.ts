/** The journal's data: what one commit holds. The protocol that writes it is in `count/`. */
import { ID_BYTES } from './identity.js';

/** Names one journal: the commits of one lane in one slice of event time. */
export interface JournalName {
  readonly lane: number;
  readonly sliceStartMs: number;
}

/** What an increment adds to one minute. `value` may net to zero or below; `events` is at least 1. */
export interface MinuteIncrement {
  /** 0 to 59, within the hour of the journal's slice. */
  readonly minute: number;
  readonly value: number;
  readonly events: number;
}

/** Everything that one entry adds to one counter shard. An entry holds at most one increment per counter. */
export interface Increment {
  readonly counter: string;
  readonly minutes: readonly MinuteIncrement[];
}

/** One commit: the ids it admitted and the increments they cause. */
export interface Entry {
  /** The admitted ids, 16 bytes each, one after the other. */
  readonly ids: Uint8Array;
  readonly increments: readonly Increment[];
  readonly eventCount: number;
}

/** An entry and its place in its journal: 1, 2, 3… without gaps. */
export interface NumberedEntry extends Entry {
  readonly number: number;
}

/** For maps and messages; storage formats keys in its own way. */
export const journalNameText = ({ lane, sliceStartMs }: JournalName): string => `${lane}#${sliceStartMs}`;

/**
 * What an entry takes when stored, never less than any engine's encoding of it.
 *
 * Units: bytes. A minute is a name, a value and an event count; an increment adds its counter's name and framing.
 */
export const entryBytes = (entry: Pick<Entry, 'ids' | 'increments'>): number =>
  entry.ids.length + entry.increments.reduce((sum, increment) => sum + incrementBytes(increment), 0);

export const MINUTE_INCREMENT_BYTES = 48;
const INCREMENT_FRAME_BYTES = 32;

export const incrementBytes = (increment: Increment): number =>
  Buffer.byteLength(increment.counter) +
  INCREMENT_FRAME_BYTES +
  increment.minutes.length * MINUTE_INCREMENT_BYTES;

export const idCountOf = (entry: Pick<Entry, 'ids'>): number => entry.ids.length / ID_BYTES;
