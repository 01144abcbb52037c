/**
 * A counter shard's hour as it is stored: one flat array of numbers,
 *
 *     expiresAtMs, lsn0 … lsn11, minute, value, events, minute, value, events, …
 *
 * minutes in order. MessagePack writes small integers in one byte: the usual item, one slice and a few minutes, takes
 * about 40 bytes, and reading, adding and writing it costs less than any scheme with names or bit maps that we tried.
 */
import { TallyError } from '../../core/errors.js';
import type { MinuteIncrement } from '../../core/journal.js';
import { unflattenMinutes } from './flat-minutes.js';

export type ShardItem = readonly number[];

const SLICES_PER_HOUR = 12;
const LSN_START = 1;
const MINUTES_START = LSN_START + SLICES_PER_HOUR;
const MINUTE_FIELDS = 3;

/** What an entry adds to a shard, and which entry of which slice it is. */
export interface Addition {
  readonly counter: string;
  readonly minutes: readonly MinuteIncrement[];
  /** 0 to 11: the slice of the hour. */
  readonly slice: number;
  readonly number: number;
  readonly expiresAtMs: number;
}

/**
 * The item with an addition made; `null` if it was made before.
 *
 * Pure: the item given is left alone.
 *
 * @throws {TallyError} `counter_overflow`: a minute would leave the integers that numbers hold exactly.
 */
export function addToShard(item: ShardItem | undefined, addition: Addition): ShardItem | null {
  const { slice, number, minutes, expiresAtMs } = addition;
  const next = item === undefined ? emptyItem(expiresAtMs) : [...item];
  if ((next[LSN_START + slice] ?? 0) >= number) return null;
  next[LSN_START + slice] = number;
  for (const minute of minutes) addMinute(next, minute, addition.counter);
  return next;
}

function emptyItem(expiresAtMs: number): number[] {
  const item = new Array<number>(MINUTES_START).fill(0);
  item[0] = expiresAtMs;
  return item;
}

function addMinute(item: number[], { minute, value, events }: MinuteIncrement, counter: string): void {
  let at = MINUTES_START;
  while (at < item.length && (item[at] ?? 0) < minute) at += MINUTE_FIELDS;
  if (item[at] !== minute) item.splice(at, 0, minute, 0, 0);
  item[at + 1] = exactSum(item[at + 1] ?? 0, value, counter);
  item[at + 2] = exactSum(item[at + 2] ?? 0, events, counter);
}

function exactSum(a: number, b: number, counter: string): number {
  const sum = a + b;
  if (Number.isSafeInteger(sum)) return sum;
  throw new TallyError(
    'counter_overflow',
    `counter ${JSON.stringify(counter)}: ${a} + ${b} is beyond ±${Number.MAX_SAFE_INTEGER}, which numbers hold exactly`,
  );
}

export const expiresAtMsOfItem = (item: ShardItem): number => item[0] ?? 0;

export const minutesOfItem = (item: ShardItem): MinuteIncrement[] => unflattenMinutes(item, MINUTES_START);

/** An audit's adjustment: the same minutes, absolute. */
export const adjustmentItem = (minutes: readonly MinuteIncrement[], expiresAtMs: number): ShardItem => {
  const item = emptyItem(expiresAtMs);
  for (const minute of minutes) addMinute(item, minute, 'adjustment');
  return item;
};
