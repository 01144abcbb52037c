import { ENTRY_BYTES_MAX } from '../limits.js';
import { counterOf } from '../event.js';
import { getOrMake } from '../get-or-make.js';
import { ID_BYTES } from '../identity.js';
import {
  MINUTE_INCREMENT_BYTES,
  incrementBytes,
  type Entry,
  type Increment,
  type MinuteIncrement,
} from '../journal.js';
import { MINUTE_MS, SLICE_MS, minuteOfHour } from '../time.js';
import { ID_WORDS, IdSet, copyId } from './id-set.js';
import { idBytesOf, type GroupedEvent, type JournalGroup } from './journal-group.js';

/** An entry about to be appended. */
export interface Draft {
  readonly entry: Entry;
  /** How many events of the group it accounts for, admitted or known, from the group's `from`. */
  readonly eventsCovered: number;
  readonly duplicateCount: number;
}

/**
 * Admit the fresh events of a group, from index `from` on, into one entry: those whose id is not known, the first
 * occurrence of each. Stops where the entry would get too big; the rest is for the next entry.
 *
 * Does not touch `known`: an id is known only once its entry is in the journal.
 */
export function draftEntry(group: JournalGroup, from: number, known: IdSet): Draft {
  const admitted = new IdSet();
  const ids = new Uint32Array((group.events.length - from) * ID_WORDS);
  const increments = new IncrementBuilder(minuteOfHour(group.journal.sliceStartMs));
  let eventCount = 0;
  let index = from;
  for (; index < group.events.length; index++) {
    if (known.has(group.ids, index) || admitted.has(group.ids, index)) continue;
    const event = group.events[index] as GroupedEvent;
    if (!increments.tryAdd(event, ENTRY_BYTES_MAX - (eventCount + 1) * ID_BYTES)) break;
    admitted.add(group.ids, index);
    copyId(group.ids, index * ID_WORDS, ids, eventCount * ID_WORDS);
    eventCount++;
  }
  return {
    entry: { ids: idBytesOf(ids, eventCount), increments: increments.build(), eventCount },
    eventsCovered: index - from,
    duplicateCount: index - from - eventCount,
  };
}

const MINUTES = SLICE_MS / MINUTE_MS;

/** Value and events of one counter by minute of the slice. */
interface CounterSums {
  readonly counter: string;
  readonly values: number[];
  readonly events: number[];
}

/** A type's counter, and those of its subjects. */
interface TypeSums {
  readonly own: CounterSums;
  readonly bySubject: Map<string, CounterSums>;
}

/**
 * Adds events up to one increment per counter. Maps of maps rather than joined names: a counter's name is built once.
 */
class IncrementBuilder {
  readonly #sumsByType = new Map<string, TypeSums>();
  #bytes = 0;

  public constructor(private readonly firstMinute: number) {}

  /** Add an event to its counters, unless the increments would then pass `bytesMax`. */
  public tryAdd(event: GroupedEvent, bytesMax: number): boolean {
    if (this.#bytes + WORST_EVENT_BYTES > bytesMax && this.#bytes + this.#bytesToAdd(event) > bytesMax)
      return false;
    const { type, subject } = event;
    const ofType = getOrMake(this.#sumsByType, type, () => this.#newType(type));
    this.#add(event, ofType.own);
    if (subject === '') return true;
    const known = ofType.bySubject.get(subject);
    const ofSubject = known ?? this.#newSums(counterOf(type, subject));
    if (known === undefined) ofType.bySubject.set(subject, ofSubject);
    this.#add(event, ofSubject);
    return true;
  }

  public build(): Increment[] {
    const increments: Increment[] = [];
    for (const { own, bySubject } of this.#sumsByType.values()) {
      increments.push(this.#increment(own));
      for (const sums of bySubject.values()) increments.push(this.#increment(sums));
    }
    return increments;
  }

  #bytesToAdd({ type, subject, minute }: GroupedEvent): number {
    const ofType = this.#sumsByType.get(type);
    const toAdd = (sums: CounterSums | undefined, counter: string): number =>
      (sums === undefined ? counterBytes(counter) : 0) +
      (sums === undefined || sums.events[minute] === 0 ? MINUTE_INCREMENT_BYTES : 0);
    const own = toAdd(ofType?.own, type);
    return subject === '' ? own : own + toAdd(ofType?.bySubject.get(subject), counterOf(type, subject));
  }

  #add({ minute, value }: GroupedEvent, sums: CounterSums): void {
    if (sums.events[minute] === 0) this.#bytes += MINUTE_INCREMENT_BYTES;
    sums.values[minute] = (sums.values[minute] ?? 0) + value;
    sums.events[minute] = (sums.events[minute] ?? 0) + 1;
  }

  #newType(type: string): TypeSums {
    return { own: this.#newSums(type), bySubject: new Map<string, CounterSums>() };
  }

  #newSums(counter: string): CounterSums {
    this.#bytes += counterBytes(counter);
    return {
      counter,
      values: new Array<number>(MINUTES).fill(0),
      events: new Array<number>(MINUTES).fill(0),
    };
  }

  /** A minute with events stays, also when its value nets to zero. */
  #increment({ counter, values, events }: CounterSums): Increment {
    const minutes: MinuteIncrement[] = [];
    for (let minute = 0; minute < MINUTES; minute++) {
      const eventCount = events[minute] ?? 0;
      if (eventCount > 0) {
        minutes.push({ minute: this.firstMinute + minute, value: values[minute] ?? 0, events: eventCount });
      }
    }
    return { counter, minutes };
  }
}

/** A counter without its minutes: each of them is added when it is first touched. */
const counterBytes = (counter: string): number => incrementBytes({ counter, minutes: [] });

/** Two counters with the longest names: below this much room, sizes are looked at one by one. */
const WORST_EVENT_BYTES = 2 * (counterBytes('x'.repeat(1024)) + MINUTE_INCREMENT_BYTES);
