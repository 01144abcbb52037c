import type { EventNames } from './event-names.js';
import type { Identity } from './identity.js';
import type { RequestBytes } from './request-bytes.js';

/** Who an event is, by where its id stands, in ASCII, and what it shares with others. Its texts are made when somebody asks for them. */
export abstract class ScannedIdentity implements Identity {
  protected constructor(
    public readonly names: EventNames,
    /** The request, or the chunk, that it stands in. */
    public readonly request: RequestBytes,
    public readonly idStart: number,
    public readonly idLength: number,
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
}
