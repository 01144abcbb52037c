import { floorTo, formatInstant } from '../time.js';
import type { CounterRow } from './query-counter.js';
import { ZERO_SUM, addSums, type Sum } from './sums.js';

/** Where a row's figure comes from; a row with several sources says the last one of this list that it has. */
export const BUCKET_STATUSES = ['sealed', 'live', 'adjusted'] as const;
export type BucketStatus = (typeof BUCKET_STATUSES)[number];

interface Bucket {
  readonly sum: Sum;
  readonly status: BucketStatus;
}

/** Sums by unit of time, and over all. Without a unit: over all only. */
export class Buckets {
  #total: Sum = ZERO_SUM;
  readonly #bucketByStartMs = new Map<number, Bucket>();

  public constructor(private readonly unitMs: number | null) {}

  public get total(): Sum {
    return this.#total;
  }

  public add(atMs: number, sum: Sum, status: BucketStatus): void {
    this.#total = addSums(this.#total, sum);
    if (this.unitMs === null) return;
    const startMs = floorTo(atMs, this.unitMs);
    const bucket = this.#bucketByStartMs.get(startMs);
    this.#bucketByStartMs.set(startMs, {
      sum: addSums(bucket?.sum ?? ZERO_SUM, sum),
      status: laterOf(bucket?.status ?? status, status),
    });
  }

  /** Rows in order, from `cursorMs` on, and where the next page begins. Units whose events net to none are left out. */
  public page(
    cursorMs: number | undefined,
    limit: number,
  ): { rows: CounterRow[]; nextMs: number | undefined } {
    const unitMs = this.unitMs ?? 0;
    const starts = [...this.#bucketByStartMs]
      .filter(
        ([startMs, { sum }]) => startMs >= (cursorMs ?? startMs) && (sum.events !== 0 || sum.value !== 0),
      )
      .sort(([a], [b]) => a - b);
    const rows = starts.slice(0, limit).map(([startMs, { sum, status }]) => ({
      from: formatInstant(startMs),
      to: formatInstant(startMs + unitMs),
      ...sum,
      status,
    }));
    return { rows, nextMs: starts[limit]?.[0] };
  }
}

const laterOf = (a: BucketStatus, b: BucketStatus): BucketStatus =>
  BUCKET_STATUSES.indexOf(a) >= BUCKET_STATUSES.indexOf(b) ? a : b;
