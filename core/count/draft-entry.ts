import { ID_BYTES } from '../identity.js';
import { ENTRY_BYTES_MAX } from '../limits.js';
import {
  MINUTE_INCREMENT_BYTES,
  incrementBytes,
  type Entry,
  type Increment,
  type MinuteIncrement,
} from '../journal.js';
import { MINUTE_MS, SLICE_MS, minuteOfHour } from '../time.js';
import { ID_WORDS, copyId, idBytesOf, isSameId } from './ids.js';
import type { JournalGroup } from './journal-group.js';

/** An entry about to be appended. */
export interface Draft {
  readonly entry: Entry;
  /** How many events of the group it accounts for, admitted or known, from the group's `from`. */
  readonly eventsCovered: number;
  readonly duplicateCount: number;
}

/** No entry has more ids: an event also brings a counter. */
export const ENTRY_IDS_MAX = ENTRY_BYTES_MAX / ID_BYTES;

/**
 * Admit the fresh events of a group, from index `from` on, into one entry: those that are not known, the first occurrence of each.
 * Stops where the entry would get too big, or where `isKnown` ends; the rest is for the next entry.
 *
 * @param isKnown for each event from `from` on: 1 if its id is in the journal.
 */
export function draftEntry(group: JournalGroup, from: number, isKnown: Uint8Array): Draft {
  const admitted = new AdmittedIds(isKnown.length);
  const increments = new IncrementBuilder(group);
  let offset = 0;
  for (; offset < isKnown.length; offset++) {
    const index = from + offset;
    const slot = isKnown[offset] === 1 ? undefined : admitted.slotFor(group.ids, index * ID_WORDS);
    if (slot === undefined) continue;
    if (!increments.tryAdd(index, ENTRY_BYTES_MAX - (admitted.count + 1) * ID_BYTES)) break;
    admitted.put(slot, group.ids, index * ID_WORDS);
  }
  const eventCount = admitted.count;
  return {
    entry: { ids: idBytesOf(admitted.ids), increments: increments.build(), eventCount },
    eventsCovered: offset,
    duplicateCount: offset - eventCount,
  };
}

/** The ids of an entry about to be appended. Each is found by its first word, or a little behind. */
class AdmittedIds {
  public count = 0;
  readonly #ids: Uint32Array;
  /** Places of ids, from 1. At least half are empty. */
  readonly #slots: Uint32Array;

  public constructor(countMax: number) {
    this.#ids = new Uint32Array(countMax * ID_WORDS);
    this.#slots = new Uint32Array(2 ** (33 - Math.clz32(countMax)));
  }

  public get ids(): Uint32Array {
    return this.#ids.subarray(0, this.count * ID_WORDS);
  }

  /** The slot for the id at `at`. `undefined`: it is here already. */
  public slotFor(ids: Uint32Array, at: number): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (ids[at] as number) & mask;
    for (let place = slots[slot] as number; place !== 0; place = slots[slot] as number) {
      if (isSameId(ids, at, this.#ids, (place - 1) * ID_WORDS)) return undefined;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  public put(slot: number, ids: Uint32Array, at: number): void {
    copyId(ids, at, this.#ids, this.count * ID_WORDS);
    this.#slots[slot] = ++this.count;
  }
}

const MINUTES = SLICE_MS / MINUTE_MS;

/** Adds events up to one increment per counter: a cell for each of the group's counters and minutes. */
class IncrementBuilder {
  readonly #values: Float64Array;
  readonly #events: Uint32Array;
  readonly #isUsed: Uint8Array;
  #bytes = 0;

  public constructor(private readonly group: JournalGroup) {
    const counterCount = group.counters.length;
    this.#values = new Float64Array(counterCount * MINUTES);
    this.#events = new Uint32Array(counterCount * MINUTES);
    this.#isUsed = new Uint8Array(counterCount);
  }

  /** Add an event to its counters, unless the increments would then pass `bytesMax`. */
  public tryAdd(index: number, bytesMax: number): boolean {
    const { names, nameNumbers, minutes, values } = this.group;
    const name = names[nameNumbers[index] as number];
    if (name === undefined) throw new RangeError(`event ${index} of the group has no name`);
    const { ofType, ofSubject } = name;
    const minute = minutes[index] as number;
    const bytes =
      this.#bytes +
      this.#bytesToAdd(ofType, minute) +
      (ofSubject === null ? 0 : this.#bytesToAdd(ofSubject, minute));
    if (bytes > bytesMax) return false;
    this.#bytes = bytes;
    this.#add(ofType, minute, values[index] as number);
    if (ofSubject !== null) this.#add(ofSubject, minute, values[index] as number);
    return true;
  }

  public build(): Increment[] {
    const increments: Increment[] = [];
    for (const [counter, name] of this.group.counters.entries())
      if (this.#isUsed[counter] === 1) increments.push({ counter: name, minutes: this.#minutesOf(counter) });
    return increments;
  }

  #bytesToAdd(counter: number, minute: number): number {
    if (this.#events[counter * MINUTES + minute] !== 0) return 0;
    return (
      MINUTE_INCREMENT_BYTES +
      (this.#isUsed[counter] === 1 ? 0 : counterBytes(this.group.counters[counter] ?? ''))
    );
  }

  #add(counter: number, minute: number, value: number): void {
    const cell = counter * MINUTES + minute;
    this.#isUsed[counter] = 1;
    this.#values[cell] = (this.#values[cell] as number) + value;
    this.#events[cell] = (this.#events[cell] as number) + 1;
  }

  /** A minute with events stays, also when its value nets to zero. */
  #minutesOf(counter: number): MinuteIncrement[] {
    const firstMinute = minuteOfHour(this.group.journal.sliceStartMs);
    const minutes: MinuteIncrement[] = [];
    for (let minute = 0; minute < MINUTES; minute++) {
      const cell = counter * MINUTES + minute;
      const events = this.#events[cell] as number;
      if (events > 0)
        minutes.push({ minute: firstMinute + minute, value: this.#values[cell] as number, events });
    }
    return minutes;
  }
}

/** A counter without its minutes: each of them is added when it is first touched. */
const counterBytes = (counter: string): number => incrementBytes({ counter, minutes: [] });
