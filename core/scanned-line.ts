import type { ArchivedEvent } from './event.js';
import type { EventNames } from './event-names.js';
import type { RequestBytes } from './request-bytes.js';
import { ScannedIdentity } from './scanned-identity.js';

/** What neighbouring lines have in common beside their names: when they were received, and in which chunk. */
export interface LineStamp {
  readonly receivedAtMs: number;
  readonly chunkId: string;
}

/** An event as it stands in an archive line of the usual shape. Its texts are made when somebody asks for them. */
export class ScannedLine extends ScannedIdentity implements ArchivedEvent {
  public constructor(
    names: EventNames,
    chunk: RequestBytes,
    idStart: number,
    idLength: number,
    public readonly timeMs: number,
    public readonly value: number,
    private readonly stamp: LineStamp,
    public readonly position: number,
  ) {
    super(names, chunk, idStart, idLength);
  }

  public get receivedAtMs(): number {
    return this.stamp.receivedAtMs;
  }

  public get chunkId(): string {
    return this.stamp.chunkId;
  }
}
