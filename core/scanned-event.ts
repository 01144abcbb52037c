import type { TallyEvent } from './event.js';
import { EventNames } from './event-names.js';
import type { EventData } from './parse-event.js';
import type { RequestBytes } from './request-bytes.js';
import { ScannedIdentity } from './scanned-identity.js';

/**
 * An event as it was found in a request: where its id stands there, in ASCII that JSON holds as it is, and what it shares with others.
 *
 * Its texts are made when somebody asks for them, which on the way into the stream nobody does.
 */
export class ScannedEvent extends ScannedIdentity implements TallyEvent {
  public constructor(
    names: EventNames,
    request: RequestBytes,
    idStart: number,
    idLength: number,
    public readonly timeMs: number,
    private readonly data: EventData,
  ) {
    super(names, request, idStart, idLength);
  }

  public get value(): number {
    return this.data.value;
  }

  public get restJson(): string {
    return this.data.json;
  }
}

/** What an event shares with others. Of events that were parsed, one object for each partition key, mostly: a key often has but one combination. */
export function namesOf(event: TallyEvent): EventNames {
  if (event instanceof ScannedEvent) return event.names;
  const { source, type, subject, partitionKey } = event;
  const known = namesByPartitionKey.get(partitionKey);
  if (known?.subject === subject && known.type === type && known.source === source) return known;
  if (namesByPartitionKey.size >= REMEMBERED_NAMES_MAX) namesByPartitionKey.clear();
  const names = new EventNames(source, type, subject, partitionKey);
  namesByPartitionKey.set(partitionKey, names);
  return names;
}

const REMEMBERED_NAMES_MAX = 10_000;
const namesByPartitionKey = new Map<string, EventNames>();
