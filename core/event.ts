/** An event as Tally understands it: validated, its partition key resolved. Made by `parse-event.ts` and `event-scanner.ts` only. */
export interface TallyEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Empty: the event has no subject. */
  readonly subject: string;
  /** Resolved: the event's own, else `type/subject`, else `type`. */
  readonly partitionKey: string;
  readonly timeMs: number;
  readonly value: number;
  /** The rest of the archive line, serialised: `,"data":{…}` and other attributes, or the empty string. */
  readonly restJson: string;
}

/** What ingest adds to an event. Together with the event it makes an archive line. */
export interface Stamp {
  readonly receivedAtMs: number;
  readonly chunkId: string;
  /** The event's place in its chunk, from 0. */
  readonly position: number;
}

/** The fixed part of an archive line: what counting and SQL read. */
export interface ArchivedEvent extends Stamp {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionKey: string;
  readonly timeMs: number;
  readonly value: number;
}

/** The counter of a type, or of a type's subject. Unambiguous, because a type has no `/`. */
export const counterOf = (type: string, subject: string): string =>
  subject === '' ? type : `${type}/${subject}`;

/** The partition key of an event that does not bring its own. */
export const defaultPartitionKey = counterOf;
