import fc from 'fast-check';
import {
  DAY_MS,
  HOUR_MS,
  INSTANT_MS_MAX,
  INSTANT_MS_MIN,
  MINUTE_MS,
  SLICE_MS,
  dayEndMs,
  dayOf,
  dayStartMs,
  floorTo,
  formatInstant,
  minuteOfHour,
  nextDay,
  parseInstant,
  sliceOfHour,
} from '../../core/time.js';

const at = (text: string): number => Date.parse(text);

describe('parseInstant', () => {
  it.each([
    { text: '2026-11-21T09:15:02.120Z', same: '2026-11-21T09:15:02.120Z' },
    { text: '2026-11-21T09:15:02Z', same: '2026-11-21T09:15:02.000Z' },
    { text: '2026-11-21t09:15:02z', same: '2026-11-21T09:15:02.000Z' },
    { text: '2026-11-21T09:15:02.1Z', same: '2026-11-21T09:15:02.100Z' },
    { text: '2026-11-21T09:15:02.123999999Z', same: '2026-11-21T09:15:02.123Z' },
    { text: '2026-11-21T09:15:02+05:30', same: '2026-11-21T03:45:02.000Z' },
    { text: '2026-11-21T23:30:00-01:00', same: '2026-11-22T00:30:00.000Z' },
    { text: '2024-02-29T00:00:00Z', same: '2024-02-29T00:00:00.000Z' },
    { text: '0000-01-01T00:00:00Z', same: '0000-01-01T00:00:00.000Z' },
  ])('reads $text', ({ text, same }) => {
    expect(parseInstant(text)).toBe(at(same));
  });

  it.each([
    { why: 'no offset', text: '2026-11-21T09:15:02' },
    { why: 'a space for the T', text: '2026-11-21 09:15:02Z' },
    { why: 'no seconds', text: '2026-11-21T09:15Z' },
    { why: 'a day that no calendar has', text: '2026-02-30T00:00:00Z' },
    { why: 'a leap day in a common year', text: '2026-02-29T00:00:00Z' },
    { why: 'month 13', text: '2026-13-01T00:00:00Z' },
    { why: 'month 0', text: '2026-00-01T00:00:00Z' },
    { why: 'hour 24', text: '2026-11-21T24:00:00Z' },
    { why: 'a leap second', text: '2026-06-30T23:59:60Z' },
    { why: 'an offset of a day', text: '2026-11-21T09:15:02+24:00' },
    { why: 'before year 0 by its offset', text: '0000-01-01T00:00:00+01:00' },
    { why: 'past year 9999 by its offset', text: '9999-12-31T23:59:59-01:00' },
    { why: 'epoch seconds', text: '1769000000' },
    { why: 'text around it', text: ' 2026-11-21T09:15:02Z' },
    { why: 'nothing', text: '' },
  ])('refuses $why', ({ text }) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back every instant that formatInstant writes, in 24 characters', () => {
    fc.assert(
      fc.property(fc.integer({ min: INSTANT_MS_MIN, max: INSTANT_MS_MAX }), (ms) => {
        const text = formatInstant(ms);
        expect(text).toHaveLength(24);
        expect(parseInstant(text)).toBe(ms);
      }),
    );
  });
});

describe('units of time', () => {
  it.each([
    { why: 'first millisecond of an hour', ms: at('2026-11-21T09:00:00.000Z'), minute: 0, slice: 0 },
    { why: 'last millisecond of a slice', ms: at('2026-11-21T09:04:59.999Z'), minute: 4, slice: 0 },
    { why: 'first millisecond of a slice', ms: at('2026-11-21T09:05:00.000Z'), minute: 5, slice: 1 },
    { why: 'last millisecond of an hour', ms: at('2026-11-21T09:59:59.999Z'), minute: 59, slice: 11 },
    { why: 'before the epoch', ms: -1, minute: 59, slice: 11 },
  ])('finds minute and slice of the hour: $why', ({ ms, minute, slice }) => {
    expect(minuteOfHour(ms)).toBe(minute);
    expect(sliceOfHour(ms)).toBe(slice);
  });

  it('floors to the start of a half-open unit, also before the epoch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: INSTANT_MS_MIN, max: INSTANT_MS_MAX }),
        fc.constantFrom(MINUTE_MS, SLICE_MS, HOUR_MS, DAY_MS),
        (ms, unitMs) => {
          const start = floorTo(ms, unitMs);
          expect(Math.abs(start % unitMs)).toBe(0);
          expect(start <= ms && ms < start + unitMs).toBe(true);
        },
      ),
    );
  });

  it('names days in UTC and knows where they begin and end', () => {
    expect(dayOf(at('2026-11-21T23:59:59.999Z'))).toBe('2026-11-21');
    expect(dayStartMs('2026-11-21')).toBe(at('2026-11-21T00:00:00.000Z'));
    expect(dayEndMs('2026-11-21')).toBe(at('2026-11-22T00:00:00.000Z'));
    expect(nextDay('2026-12-31')).toBe('2027-01-01');
  });
});

describe('formatInstant', () => {
  it('writes what the calendar says, whatever was written before', () => {
    const instants = [
      ...[0, 999, 59_999, 60_000, -1, -60_000, -59_999],
      ...[Date.parse('2026-02-28T23:59:59.999Z'), Date.parse('0000-01-01T00:00:00.000Z'), INSTANT_MS_MAX],
    ];
    // Minutes that share a place in memory, too: eight minutes apart.
    for (const ms of [...instants, ...instants.map((at) => at + 8 * MINUTE_MS), ...instants]) {
      expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
    }
  });

  it('throws for what is no instant, also right after one that is', () => {
    formatInstant(0);
    expect(() => formatInstant(Number.NaN)).toThrow(RangeError);
  });
});
