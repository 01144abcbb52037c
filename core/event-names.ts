import { identityFrameBytesOf, type IdentityFrameBytes } from './identity-bytes.js';
import { jsonInner } from './json-inner.js';

/** The texts that many events have in common. One object for each combination, as far as possible: what is worked out of it is kept. */
export class EventNames {
  static #count = 0;
  /** Different for each, from 0. */
  public readonly number = EventNames.#count++;
  #lineBytes: Buffer | undefined;
  #sheetBytes: Buffer | undefined;
  #identityFrame: IdentityFrameBytes | undefined;

  public constructor(
    public readonly source: string,
    public readonly type: string,
    public readonly subject: string,
    public readonly partitionKey: string,
  ) {}

  /** As they stand in an archive line, from behind the id to the time. */
  public get lineBytes(): Buffer {
    return (this.#lineBytes ??= Buffer.from(
      `","source":"${jsonInner(this.source)}","type":"${jsonInner(this.type)}","subject":"${jsonInner(this.subject)}",` +
        `"partitionkey":"${jsonInner(this.partitionKey)}","time":"`,
    ));
  }

  /** As they stand in a count sheet. */
  public get sheetBytes(): Buffer {
    return (this.#sheetBytes ??= Buffer.from(
      `${this.source}\n${this.type}\n${this.subject}\n${this.partitionKey}\n`,
    ));
  }

  public get identityFrame(): IdentityFrameBytes {
    return (this.#identityFrame ??= identityFrameBytesOf(this));
  }
}
