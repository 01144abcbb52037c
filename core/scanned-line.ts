import type { ArchivedEvent } from './event.js';
import type { EventNames } from './event-names.js';
import type { RequestBytes } from './request-bytes.js';

/** What neighbouring lines have in common beside their names: when they were received, and in which chunk. */
export interface LineStamp {
  readonly receivedAtMs: number;
  readonly chunkId: string;
}

/** An event as it stands in an archive line of the usual shape. Its texts are made when somebody asks for them. */
export class ScannedLine implements ArchivedEvent {
  public constructor(
    public readonly names: EventNames,
    /** The chunk that the line is in. */
    public readonly request: RequestBytes,
    public readonly idStart: number,
    public readonly idLength: number,
    public readonly timeMs: number,
    public readonly value: number,
    private readonly stamp: LineStamp,
    public readonly position: number,
  ) {}

  public get id(): string {
    return this.request.bytes.toString('latin1', this.idStart, this.idStart + this.idLength);
  }

  public get source(): string {
    return this.names.source;
  }

  public get type(): string {
    return this.names.type;
  }

  public get subject(): string {
    return this.names.subject;
  }

  public get partitionKey(): string {
    return this.names.partitionKey;
  }

  public get receivedAtMs(): number {
    return this.stamp.receivedAtMs;
  }

  public get chunkId(): string {
    return this.stamp.chunkId;
  }
}
