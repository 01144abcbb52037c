import {
  actName,
  adjustmentSort,
  hourName,
  hourValueAttribute,
  journalPartition,
  lsnAttribute,
  minuteValueAttribute,
  minuteValueMinusEventsAttribute,
  parseShardSort,
  shardSort,
} from '../../core/table-schema.js';
import { HOUR_MS } from '../../core/time.js';

const HOUR_START_MS = Date.parse('2026-11-21T09:00:00.000Z');

describe('table schema', () => {
  it('writes keys as documented', () => {
    expect(journalPartition({ lane: 7, sliceStartMs: HOUR_START_MS + 15 * 60_000 })).toBe(
      '7#2026-11-21T09:15',
    );
    expect(shardSort(HOUR_START_MS, 7)).toBe('2026-11-21T09#7');
    expect(adjustmentSort(HOUR_START_MS)).toBe('2026-11-21T09#audit');
    expect(actName(42)).toBe('000000000042');
    expect([minuteValueAttribute(5), minuteValueMinusEventsAttribute(59)]).toEqual(['m05', 'x59']);
    expect([lsnAttribute(0), lsnAttribute(11), hourValueAttribute(3)]).toEqual(['lsn0', 'lsn11', 'h03']);
  });

  it('reads the shard keys that it writes', () => {
    expect(parseShardSort(shardSort(HOUR_START_MS, 1023))).toEqual({
      hourStartMs: HOUR_START_MS,
      lane: 1023,
    });
    expect(parseShardSort(adjustmentSort(HOUR_START_MS))).toEqual({ hourStartMs: HOUR_START_MS, lane: null });
  });

  it.each(['', '2026-11-21T09', '2026-11-21T09#', '2026-11-21T09#x', 'x#1'])(
    'refuses %j as a shard',
    (sort) => {
      expect(() => parseShardSort(sort)).toThrow(/accepted: hour#lane or hour#audit/);
    },
  );

  it("bounds a query by hour: BETWEEN two hour names is half-open, though DynamoDB's BETWEEN is not", () => {
    const [from, to] = [hourName(HOUR_START_MS), hourName(HOUR_START_MS + HOUR_MS)];
    const isInRange = (sort: string): boolean => from <= sort && sort <= to;
    expect(isInRange(shardSort(HOUR_START_MS, 0))).toBe(true);
    expect(isInRange(adjustmentSort(HOUR_START_MS))).toBe(true);
    expect(isInRange(shardSort(HOUR_START_MS - HOUR_MS, 99))).toBe(false);
    expect(isInRange(shardSort(HOUR_START_MS + HOUR_MS, 0))).toBe(false);
  });

  it('sorts acts by number', () => {
    expect([actName(10), actName(9)].sort()).toEqual([actName(9), actName(10)]);
  });
});
