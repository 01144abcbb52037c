import type { Entry, Increment, JournalName } from '../../core/journal.js';
import { Violation } from './violation.js';
import { idOf } from './audit/sums.js';
import { minuteKeyOf, minuteNameOf, type Tally, type TrueLine, type Truth } from './truth.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SLICE_MS = 5 * MINUTE_MS;

/** What the witness remembers of one journal. */
interface SeenJournal {
  lastNumber: number;
  readonly ids: Set<string>;
  /** Per counter, the numbers of the entries that increment it, in order. */
  readonly numbersByCounter: Map<string, number[]>;
  /** Per counter, how many of those numbers were applied. */
  readonly appliedByCounter: Map<string, number>;
  /** Increments that are appended and not applied. */
  pendingCount: number;
}

/**
 * Watches every effect on journals and counter shards, and ends the run at the first that breaks a guarantee.
 *
 * It keeps its own books, from what was written alone: an error in the simulated tables shows up here too.
 */
export class Witness {
  readonly #journals = new Map<string, SeenJournal>();
  /** By `minuteKeyOf`, over all lanes. */
  readonly #counted = new Map<string, Tally>();
  #appliedCount = 0;

  public constructor(
    private readonly truth: Truth,
    private readonly options: {
      readonly checksRules: boolean;
      readonly isDaySealed: (timeMs: number) => boolean;
    },
  ) {}

  /** Increments applied so far. */
  public get appliedCount(): number {
    return this.#appliedCount;
  }

  /** The event is in some journal of its slice. */
  public hasCounted(line: TrueLine, timeMs: number): boolean {
    const id = idOf(line).toLowerCase();
    const slice = `#${new Date(floorToSlice(timeMs)).toISOString().slice(0, 16)}`;
    return [...this.#journals].some(([name, { ids }]) => name.endsWith(slice) && ids.has(id));
  }

  public onAppend(journal: JournalName, number: number, entry: Entry): void {
    const name = nameOf(journal);
    this.#requireUnsealed(journal, `entry ${number} of journal ${name}`);
    const seen = this.#journal(name);
    if (number !== seen.lastNumber + 1) {
      throw new Violation('journal-gap', `journal ${name} has entry ${number} after ${seen.lastNumber}`);
    }
    this.#requireSettled(name, seen);
    for (const id of idsOf(entry)) {
      if (seen.ids.has(id))
        throw new Violation('id-twice', `journal ${name} admits ${id} again, in entry ${number}`);
      seen.ids.add(id);
    }
    for (const { counter } of entry.increments) numbersOf(seen, counter).push(number);
    seen.pendingCount += entry.increments.length;
    seen.lastNumber = number;
  }

  /** An increment was added to its shard. */
  public onApply(journal: JournalName, number: number, increment: Increment): void {
    const { counter } = increment;
    const name = nameOf(journal);
    this.#requireUnsealed(journal, `counter ${counter}`);
    const seen = this.#journal(name);
    const appliedCount = seen.appliedByCounter.get(counter) ?? 0;
    const due = numbersOf(seen, counter)[appliedCount];
    if (due !== number) {
      const kind = due === undefined || due > number ? 'applied-twice' : 'applied-out-of-order';
      throw new Violation(
        kind,
        `counter ${counter} takes entry ${number} of journal ${name}; due is ${due ?? 'none'}`,
      );
    }
    seen.appliedByCounter.set(counter, appliedCount + 1);
    seen.pendingCount--;
    this.#appliedCount++;
    this.#count(journal, increment);
  }

  #count({ sliceStartMs }: JournalName, { counter, minutes }: Increment): void {
    const hourStartMs = Math.floor(sliceStartMs / HOUR_MS) * HOUR_MS;
    for (const { minute, value, events } of minutes) {
      const key = minuteKeyOf(counter, hourStartMs + minute * MINUTE_MS);
      const counted = this.#counted.get(key) ?? { value: 0, events: 0 };
      counted.value += value;
      counted.events += events;
      this.#counted.set(key, counted);
      const accepted = this.truth.tallies.get(key)?.events ?? 0;
      if (counted.events > accepted) {
        throw new Violation(
          'counter-exceeds',
          `${minuteNameOf(key)} says ${counted.events} events, ${accepted} were accepted`,
        );
      }
    }
  }

  /** Why a journal needs its newest entry only to be finished: everything before it is. */
  #requireSettled(name: string, seen: SeenJournal): void {
    if (!this.options.checksRules) return;
    if (seen.pendingCount > 0) {
      throw new Violation(
        'predecessor-unsettled',
        `journal ${name} grows while ${seen.pendingCount} increments of its entry ${seen.lastNumber} are not applied`,
      );
    }
  }

  #requireUnsealed({ sliceStartMs }: JournalName, what: string): void {
    if (this.options.isDaySealed(sliceStartMs))
      throw new Violation('sealed-day-changed', `${what} was written`);
  }

  #journal(name: string): SeenJournal {
    const seen = this.#journals.get(name) ?? {
      lastNumber: 0,
      ids: new Set<string>(),
      numbersByCounter: new Map<string, number[]>(),
      appliedByCounter: new Map<string, number>(),
      pendingCount: 0,
    };
    this.#journals.set(name, seen);
    return seen;
  }
}

const nameOf = ({ lane, sliceStartMs }: JournalName): string =>
  `${lane}#${new Date(sliceStartMs).toISOString().slice(0, 16)}`;

const floorToSlice = (timeMs: number): number => Math.floor(timeMs / SLICE_MS) * SLICE_MS;

const ID_BYTES = 16;

function* idsOf({ ids }: Entry): Generator<string> {
  const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('hex');
  for (let at = 0; at < hex.length; at += 2 * ID_BYTES) yield hex.slice(at, at + 2 * ID_BYTES);
}

function numbersOf(seen: SeenJournal, counter: string): number[] {
  const numbers = seen.numbersByCounter.get(counter) ?? [];
  seen.numbersByCounter.set(counter, numbers);
  return numbers;
}
