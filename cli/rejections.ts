import { formatCount, tableOf } from './table.js';

const EXAMPLES_MAX = 3;

/** One thing that was not accepted, and where it came from. */
export interface RejectedAt {
  /** `events.ndjson:7`, as editors write a place. */
  readonly place: string;
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
}

export interface RejectionGroup {
  readonly code: string;
  count: number;
  readonly examples: Omit<RejectedAt, 'code'>[];
}

/** Rejections by code: how many, and the first few with their places. Memory does not grow with their number. */
export class Rejections {
  readonly #groups = new Map<string, RejectionGroup>();
  public count = 0;

  public add({ code, ...example }: RejectedAt): void {
    const group = this.#groups.get(code) ?? { code, count: 0, examples: [] };
    this.#groups.set(code, group);
    this.count++;
    group.count++;
    if (group.examples.length < EXAMPLES_MAX) group.examples.push(example);
  }

  /** The most frequent first. */
  public groups(): RejectionGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  public table(): string {
    const rows = this.groups().flatMap(({ code, count, examples }) =>
      examples.map(({ place, id, message }, i) => [
        i === 0 ? code : '',
        i === 0 ? formatCount(count) : '',
        place,
        id ?? '',
        message,
      ]),
    );
    return tableOf(['code', 'events', 'for example', 'id', 'why'], rows);
  }
}
