import type { EventNames } from '../event-names.js';
import { RequestBytes } from '../request-bytes.js';
import type { ScannedLine } from '../scanned-line.js';
import { MINUTE_MS } from '../time.js';

const CAPACITY = 512;

/**
 * Scanned lines of a chunk that are to be counted, in columns.
 *
 * They are gathered first and hashed afterwards: a hash between two lines costs half as much again.
 */
export class LineColumns {
  /** How many lines there are. Columns are longer. */
  public count = 0;
  public readonly names: EventNames[] = [];
  public readonly idStarts = new Uint32Array(CAPACITY);
  public readonly idLengths = new Uint32Array(CAPACITY);
  /** Since the epoch. */
  public readonly minutes = new Int32Array(CAPACITY);
  public readonly values = new Int32Array(CAPACITY);

  /** The chunk in which the lines stand. */
  public chunk = new RequestBytes(new Uint8Array());

  public begin(chunk: Uint8Array): void {
    this.chunk = new RequestBytes(chunk);
    this.count = 0;
  }

  /** True: there is no room for another one. */
  public add({ names, idStart, idLength, timeMs, value }: ScannedLine): boolean {
    const index = this.count++;
    this.names[index] = names;
    this.idStarts[index] = idStart;
    this.idLengths[index] = idLength;
    this.minutes[index] = Math.floor(timeMs / MINUTE_MS);
    this.values[index] = value;
    return this.count === CAPACITY;
  }
}
