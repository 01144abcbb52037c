/** The names in sheets: what events share, with numbers that stay the same from sheet to sheet. */
import { EventNames } from '../event-names.js';

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

const REMEMBERED_NAMES_MAX = 65_536;

/** Knows the newest names of the newest run by their numbers. */
export class KnownNames {
  #run = '';
  readonly #names = new Array<EventNames | undefined>(REMEMBERED_NAMES_MAX).fill(undefined);
  /** Whose the names are. */
  readonly #numbers = new Uint32Array(REMEMBERED_NAMES_MAX);

  /** @param text the names themselves, in case that some are not known. */
  public of(run: string, numbers: Uint32Array, text: Buffer): EventNames[] {
    if (run !== this.#run) this.#names.fill(undefined);
    this.#run = run;
    const names: EventNames[] = [];
    for (const number of numbers) {
      const name = this.#known(number);
      if (name === undefined) return this.#learn(numbers, text);
      names.push(name);
    }
    return names;
  }

  #known(number: number): EventNames | undefined {
    const slot = number % REMEMBERED_NAMES_MAX;
    return this.#numbers[slot] === number ? this.#names[slot] : undefined;
  }

  #learn(numbers: Uint32Array, text: Buffer): EventNames[] {
    const lines = text.toString().split('\n');
    return Array.from(numbers, (number, index) => {
      const [source = '', type = '', subject = '', partitionKey = ''] = lines.slice(
        index * LINES_PER_NAME,
        (index + 1) * LINES_PER_NAME,
      );
      const name = this.#known(number) ?? new EventNames(source, type, subject, partitionKey);
      const slot = number % REMEMBERED_NAMES_MAX;
      this.#numbers[slot] = number;
      return (this.#names[slot] = name);
    });
  }
}
