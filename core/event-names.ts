import type { TallyEvent } from './event.js';
import { jsonInner } from './json-inner.js';

/** The texts that many events have in common. One object for each combination, as far as possible: what is worked out of it is kept. */
export class EventNames {
  #lineBytes: Buffer | undefined;

  public constructor(
    public readonly source: string,
    public readonly type: string,
    public readonly subject: string,
    public readonly partitionKey: string,
  ) {}

  /** An event's names. A partition key often has but one combination. */
  public static of(event: TallyEvent): EventNames {
    if (event.names !== undefined) return event.names;
    const { source, type, subject, partitionKey } = event;
    const known = namesByPartitionKey.get(partitionKey);
    if (known?.subject === subject && known.type === type && known.source === source) return known;
    if (namesByPartitionKey.size >= REMEMBERED_NAMES_MAX) namesByPartitionKey.clear();
    const names = new EventNames(source, type, subject, partitionKey);
    namesByPartitionKey.set(partitionKey, names);
    return names;
  }

  /** As they stand in an archive line, from behind the id to the time. */
  public get lineBytes(): Buffer {
    return (this.#lineBytes ??= Buffer.from(
      `","source":"${jsonInner(this.source)}","type":"${jsonInner(this.type)}","subject":"${jsonInner(this.subject)}",` +
        `"partitionkey":"${jsonInner(this.partitionKey)}","time":"`,
    ));
  }
}

const REMEMBERED_NAMES_MAX = 10_000;
const namesByPartitionKey = new Map<string, EventNames>();
