import { createHash } from 'node:crypto';
import type { TrueLine } from '../truth.js';

export interface Sum {
  readonly value: number;
  readonly events: number;
}

export const ZERO: Sum = { value: 0, events: 0 };

export const add = (a: Sum, b: Sum): Sum => ({ value: a.value + b.value, events: a.events + b.events });

export const isZero = ({ value, events }: Sum): boolean => value === 0 && events === 0;

export function sumBy<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  sumOf: (item: T) => Sum,
): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const item of items) {
    const key = keyOf(item);
    sums.set(key, add(sums.get(key) ?? ZERO, sumOf(item)));
  }
  return sums;
}

/** As SQL engines sort text. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const ID_HEX_LENGTH = 32;

/** An event's id in a journal, as the documentation of the archive says it. */
export const idOf = ({ source, id, type, subject, partitionkey }: TrueLine): string =>
  createHash('sha256')
    .update([source, id, type, subject, partitionkey].join('\n'))
    .digest('hex')
    .slice(0, ID_HEX_LENGTH)
    .toUpperCase();
