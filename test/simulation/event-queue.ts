export interface TimedAction {
  readonly atMs: number;
  readonly action: () => void;
}

interface Queued extends TimedAction {
  /** Breaks ties: what was queued first happens first. */
  readonly order: number;
}

/** A binary heap by instant. */
export class EventQueue {
  readonly #heap: Queued[] = [];
  #nextOrder = 0;

  public push({ atMs, action }: TimedAction): void {
    const heap = this.#heap;
    const queued = { atMs, action, order: this.#nextOrder++ };
    let at = heap.push(queued) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as Queued;
      if (!isBefore(queued, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = queued;
  }

  public pop(): TimedAction | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(queued: Queued): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = heap[leftAt];
      if (left === undefined) break;
      const right = heap[leftAt + 1];
      const isRightFirst = right !== undefined && isBefore(right, left);
      const child = isRightFirst ? right : left;
      if (!isBefore(child, queued)) break;
      heap[at] = child;
      at = isRightFirst ? leftAt + 1 : leftAt;
    }
    heap[at] = queued;
  }
}

const isBefore = (a: Queued, b: Queued): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
