import type { ArchivedEvent } from './event.js';
import { EventNames } from './event-names.js';
import type { RequestBytes } from './request-bytes.js';
import { ScannedIdentity } from './scanned-identity.js';

/** What neighbouring lines have in common beside their names: when they were received, and in which chunk. */
export interface LineStamp {
  readonly receivedAtMs: number;
  readonly chunkId: string;
}

const NO_NAMES = new EventNames('', '', '', '');
const NO_STAMP: LineStamp = { receivedAtMs: Number.NaN, chunkId: '' };

/**
 * The event in the archive line that was scanned last: one object for all lines of a chunk, because making one for each costs as much
 * as comparing the line. Its texts are made when somebody asks for them.
 */
export class ScannedLine extends ScannedIdentity implements ArchivedEvent {
  declare public names: EventNames;
  declare public idStart: number;
  declare public idLength: number;
  public timeMs = Number.NaN;
  public value = 0;
  public position = 0;
  public stamp = NO_STAMP;

  public constructor(chunk: RequestBytes) {
    super(NO_NAMES, chunk, 0, 0);
  }

  public get receivedAtMs(): number {
    return this.stamp.receivedAtMs;
  }

  public get chunkId(): string {
    return this.stamp.chunkId;
  }

  /** The event for itself, for whoever keeps it. */
  public copy(): ArchivedEvent {
    const { id, source, type, subject, partitionKey, timeMs, value, receivedAtMs, chunkId, position } = this;
    return { id, source, type, subject, partitionKey, timeMs, value, receivedAtMs, chunkId, position };
  }
}
