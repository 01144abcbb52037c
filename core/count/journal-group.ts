import { counterOf, type ArchivedEvent } from '../event.js';
import { getOrMake } from '../get-or-make.js';
import { identityCharacters } from '../identity.js';
import type { JournalName } from '../journal.js';
import { MINUTE_MS } from '../time.js';
import { ID_WORDS, copyId, writeId } from './ids.js';

const CAPACITY_MIN = 32;

/** The counters of events that share type and subject, as numbers of a group's counters. */
interface NameCounters {
  readonly ofType: number;
  /** `null`: the events have no subject. */
  readonly ofSubject: number | null;
}

/**
 * The events of one batch that belong to one journal, in order of arrival.
 *
 * A column for each thing there is to know of an event, because an object each would cost more than all the rest of counting. Types and
 * subjects are numbered: whatever is known of a name is then found without looking it up.
 */
export class JournalGroup {
  /** How many events there are. Columns may be longer. */
  public eventCount = 0;
  /** `ID_WORDS` words an event. */
  public ids = new Uint32Array(CAPACITY_MIN * ID_WORDS);
  /** Numbers of `names`. */
  public nameNumbers = new Uint32Array(CAPACITY_MIN);
  /** Minutes of the slice, from 0. */
  public minutes = new Uint8Array(CAPACITY_MIN);
  public values = new Int32Array(CAPACITY_MIN);

  public readonly names: NameCounters[] = [];
  public readonly counters: string[] = [];
  readonly #numbersByType = new Map<string, Map<string, number>>();

  public constructor(public readonly journal: JournalName) {}

  /** Add an event. What there is to know of it is worked out here. */
  public add(event: ArchivedEvent): void {
    const minute = Math.floor((event.timeMs - this.journal.sliceStartMs) / MINUTE_MS);
    const nameNumber = this.numberOf(event.type, event.subject);
    this.addHashed(identityCharacters(event), nameNumber, minute, event.value);
  }

  /** Add an event by its identity. */
  public addHashed(identity: string, nameNumber: number, minute: number, value: number): void {
    const index = this.#newIndex();
    writeId(identity, this.ids, index * ID_WORDS);
    this.nameNumbers[index] = nameNumber;
    this.minutes[index] = minute;
    this.values[index] = value;
  }

  /** Add an event whose id, the one at `index` of `ids`, and name were worked out before. */
  public addKnown(ids: Uint32Array, index: number, nameNumber: number, minute: number, value: number): void {
    const to = this.#newIndex();
    copyId(ids, index * ID_WORDS, this.ids, to * ID_WORDS);
    this.nameNumbers[to] = nameNumber;
    this.minutes[to] = minute;
    this.values[to] = value;
  }

  /** The number of a type and subject, which becomes a name of the group if it is none yet. */
  public numberOf(type: string, subject: string): number {
    const numbers = getOrMake(this.#numbersByType, type, () => new Map<string, number>());
    const known = numbers.get(subject);
    if (known !== undefined) return known;
    const ofType = this.#counterOfType(type, numbers);
    const ofSubject = subject === '' ? null : this.counters.push(counterOf(type, subject)) - 1;
    const number = this.names.push({ ofType, ofSubject }) - 1;
    numbers.set(subject, number);
    return number;
  }

  #counterOfType(type: string, numbers: ReadonlyMap<string, number>): number {
    for (const number of numbers.values()) return (this.names[number] as NameCounters).ofType;
    return this.counters.push(type) - 1;
  }

  #newIndex(): number {
    if (this.eventCount === this.values.length) this.#grow();
    return this.eventCount++;
  }

  #grow(): void {
    const capacity = this.values.length * 2;
    this.ids = larger(this.ids, new Uint32Array(capacity * ID_WORDS));
    this.nameNumbers = larger(this.nameNumbers, new Uint32Array(capacity));
    this.minutes = larger(this.minutes, new Uint8Array(capacity));
    this.values = larger(this.values, new Int32Array(capacity));
  }
}

function larger<T extends Uint32Array | Int32Array | Uint8Array>(column: T, to: T): T {
  to.set(column);
  return to;
}
