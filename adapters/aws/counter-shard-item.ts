/** A counter shard's item, and an adjustment's, as they lie in the Counters table. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { MinuteIncrement } from '../../core/journal.js';
import type { ShardHour } from '../../core/ports.js';
import {
  COUNTERS_TABLE,
  adjustmentSort,
  minuteValueAttribute,
  minuteValueMinusEventsAttribute,
  parseShardSort,
} from '../../core/table-schema.js';
import { asInteger, expirySeconds, integer, readInteger, readText, text, type Item } from './attributes.js';

const { partitionKey, sortKey, expiresAtSeconds } = COUNTERS_TABLE;

const MINUTES = Array.from({ length: 60 }, (_, minute) => minute);

/** Time to live deletes days late. What has expired is gone, whether or not it is still there. */
export const isExpired = (item: Item, nowMs: number): boolean =>
  readInteger(item, expiresAtSeconds) * 1_000 <= nowMs;

export function shardHourOf(item: Item): ShardHour {
  const { hourStartMs, lane } = parseShardSort(readText(item, sortKey.name));
  const minutes = MINUTES.flatMap((minute) => {
    const value = asInteger(item[minuteValueAttribute(minute)]);
    if (value === undefined) return [];
    const valueMinusEvents = asInteger(item[minuteValueMinusEventsAttribute(minute)]) ?? 0;
    return [{ minute, value, events: value - valueMinusEvents }];
  });
  return { hourStartMs, isAdjustment: lane === null, minutes };
}

export const counterOfItem = (item: Item): string => readText(item, partitionKey.name);

/** The auditor's shard of a counter's hour: whole, never added to. */
export const adjustmentItem = (
  {
    counter,
    hourStartMs,
    minutes,
  }: { counter: string; hourStartMs: number; minutes: readonly MinuteIncrement[] },
  expiresAtMs: number,
): Item => ({
  [partitionKey.name]: text(counter),
  [sortKey.name]: text(adjustmentSort(hourStartMs)),
  [expiresAtSeconds]: expirySeconds(expiresAtMs),
  ...Object.fromEntries(minutes.flatMap(minuteAttributes)),
});

const minuteAttributes = ({ minute, value, events }: MinuteIncrement): [string, AttributeValue][] => [
  [minuteValueAttribute(minute), integer(value)],
  ...(value === events
    ? []
    : [[minuteValueMinusEventsAttribute(minute), integer(value - events)] as [string, AttributeValue]]),
];
