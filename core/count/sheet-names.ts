/** The names in sheets: what events share, with numbers that stay the same from sheet to sheet. */
import { EventNames } from '../event-names.js';
import { getOrMake } from '../get-or-make.js';

const LINES_PER_NAME = 4;
const SLOTS = 8_192;
/** Where names stood in the list that had them last. Only a hint, so it is never cleared, and lists share it. */
const indexHints = new Uint32Array(SLOTS);

/** The names of a chunk in the order in which they come. A name may come twice; its place is right all the same. */
export class NameList {
  readonly #names: EventNames[] = [];

  public indexOf(names: EventNames): number {
    const slot = names.number % SLOTS;
    const hint = indexHints[slot] as number;
    if (this.#names[hint] === names) return hint;
    return (indexHints[slot] = this.#names.push(names) - 1);
  }

  public numbers(): Uint32Array {
    const numbers = new Uint32Array(this.#names.length);
    this.#names.forEach(({ number }, index) => (numbers[index] = number));
    return numbers;
  }

  /** Source, type, subject and partition key, a line each: none of them may hold a newline. */
  public bytes(): Buffer {
    return Buffer.concat(this.#names.map((names) => names.sheetBytes));
  }
}

const REMEMBERED_NAMES_MAX = 50_000;

/** Knows the names of the newest run by their numbers. */
export class KnownNames {
  #run = '';
  readonly #nameByNumber = new Map<number, EventNames>();

  /** @param text the names themselves, in case that some are not known. */
  public of(run: string, numbers: Uint32Array, text: Buffer): EventNames[] {
    if (run !== this.#run || this.#nameByNumber.size > REMEMBERED_NAMES_MAX) this.#nameByNumber.clear();
    this.#run = run;
    const names: EventNames[] = [];
    for (const number of numbers) {
      const name = this.#nameByNumber.get(number);
      if (name === undefined) return this.#learn(numbers, text);
      names.push(name);
    }
    return names;
  }

  #learn(numbers: Uint32Array, text: Buffer): EventNames[] {
    const lines = text.toString().split('\n');
    return Array.from(numbers, (number, index) => {
      const [source = '', type = '', subject = '', partitionKey = ''] = lines.slice(
        index * LINES_PER_NAME,
        (index + 1) * LINES_PER_NAME,
      );
      return getOrMake(this.#nameByNumber, number, () => new EventNames(source, type, subject, partitionKey));
    });
  }
}
