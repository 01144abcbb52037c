/** The names in sheets: what events share, with numbers that stay the same from sheet to sheet. */
import { sha256 } from '../crypto.js';
import type { EventNames } from '../event-names.js';
import { idWordsOf } from './ids.js';

/** The names that events share: whose counters they go to, and in which lane. */
export interface SheetName {
  readonly type: string;
  readonly subject: string;
  readonly lane: number;
}

/** A run ends, and another one begins, when so many numbers are given. */
const RUN_NAMES_MAX = 50_000;
const RUN_WORDS = 2;
const LINES_PER_NAME = 3;

/** A name with its number, and where it stands in the list that was made last of those that it is in. */
interface NumberedName {
  readonly number: number;
  readonly line: string;
  list: NameList | undefined;
  index: number;
}

/** Gives numbers to names, and remembers them. */
export class NameNumbering {
  #run: Uint32Array;
  readonly #nameByNames = new Map<EventNames, NumberedName>();

  /** @param makeId answers with what nobody else has: numbers of different runs are never taken for each other. */
  public constructor(
    private readonly laneOf: (partitionKey: string) => number,
    private readonly makeId: () => string,
  ) {
    this.#run = runOf(makeId());
  }

  public makeList(): NameList {
    if (this.#nameByNames.size >= RUN_NAMES_MAX) {
      this.#nameByNames.clear();
      this.#run = runOf(this.makeId());
    }
    return new NameList(this, this.#run);
  }

  public nameOf(names: EventNames): NumberedName {
    const known = this.#nameByNames.get(names);
    if (known !== undefined) return known;
    const line = `${names.type}\n${names.subject}\n${this.laneOf(names.partitionKey)}\n`;
    const name = { number: this.#nameByNames.size, line, list: undefined, index: 0 };
    this.#nameByNames.set(names, name);
    return name;
  }
}

const runOf = (id: string): Uint32Array => idWordsOf(sha256(id)).slice(0, RUN_WORDS);

/** The names of one sheet, in the order in which they come. */
export class NameList {
  public readonly numbers: number[] = [];
  public text = '';

  public constructor(
    private readonly numbering: NameNumbering,
    public readonly run: Uint32Array,
  ) {}

  public indexOf(names: EventNames): number {
    const name = this.numbering.nameOf(names);
    if (name.list === this) return name.index;
    name.list = this;
    name.index = this.numbers.push(name.number) - 1;
    this.text += name.line;
    return name.index;
  }
}

/** Knows the names of the newest run by their numbers. */
export class KnownNames {
  #run = '';
  #names: (SheetName | undefined)[] = [];

  /** @param text the names themselves, in case that some are not known. */
  public of(run: string, numbers: Uint32Array, text: Buffer): SheetName[] {
    if (run !== this.#run) {
      this.#run = run;
      this.#names = [];
    }
    const names: SheetName[] = [];
    for (const number of numbers) {
      const name = this.#names[number];
      if (name === undefined) return this.#learn(numbers, text);
      names.push(name);
    }
    return names;
  }

  #learn(numbers: Uint32Array, text: Buffer): SheetName[] {
    const lines = text.toString().split('\n');
    return Array.from(numbers, (number, index) => {
      const [type = '', subject = '', lane] = lines.slice(
        index * LINES_PER_NAME,
        (index + 1) * LINES_PER_NAME,
      );
      return (this.#names[number] ??= { type, subject, lane: Number(lane) });
    });
  }
}
