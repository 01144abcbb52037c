import { makeFindTimeError } from '../../core/accept.js';
import type { Settings } from '../../core/settings.js';
import { HOUR_MS, SLICE_MS } from '../../core/time.js';

const at = (instant: string): number => Date.parse(instant);

const SETTINGS: Settings = {
  formatVersion: 1,
  laneCount: 64,
  sliceMs: SLICE_MS,
  lateness: [
    { fromDay: '0000-01-01', latenessMs: 48 * HOUR_MS },
    { fromDay: '2026-11-10', latenessMs: HOUR_MS },
  ],
};

const codeOf = (time: string, receivedAt: string, sealedThrough: string | null = null): string | undefined =>
  makeFindTimeError(SETTINGS)(at(time), { receivedAtMs: at(receivedAt), sealedThrough })?.code;

describe('acceptance by time', () => {
  it.each([
    { why: 'just now', time: '2026-11-05T12:00:00.000Z', receivedAt: '2026-11-05T12:00:00.100Z' },
    {
      why: 'the last moment ahead',
      time: '2026-11-05T12:05:00.000Z',
      receivedAt: '2026-11-05T12:00:00.000Z',
    },
    {
      why: 'the last moment before the close',
      time: '2026-11-05T00:00:00.000Z',
      receivedAt: '2026-11-07T23:59:59.999Z',
    },
    {
      why: 'the first day of another lateness',
      time: '2026-11-10T00:00:00.000Z',
      receivedAt: '2026-11-11T00:59:59.999Z',
    },
    {
      why: 'the last day of the first lateness',
      time: '2026-11-09T23:59:59.999Z',
      receivedAt: '2026-11-11T23:59:59.999Z',
    },
    {
      why: 'the day after a sealed one',
      time: '2026-11-05T00:00:00.000Z',
      receivedAt: '2026-11-05T01:00:00.000Z',
      sealedThrough: '2026-11-04',
    },
  ])('takes $why', ({ time, receivedAt, sealedThrough }) => {
    expect(codeOf(time, receivedAt, sealedThrough)).toBeUndefined();
  });

  it.each([
    {
      why: 'a moment too far ahead',
      time: '2026-11-05T12:05:00.001Z',
      receivedAt: '2026-11-05T12:00:00.000Z',
      code: 'time_in_future',
    },
    {
      why: 'the moment of the close',
      time: '2026-11-05T23:59:59.999Z',
      receivedAt: '2026-11-08T00:00:00.000Z',
      code: 'time_too_old',
    },
    {
      why: 'the close of a shorter lateness',
      time: '2026-11-10T12:00:00.000Z',
      receivedAt: '2026-11-11T01:00:00.000Z',
      code: 'time_too_old',
    },
    {
      why: 'years ago',
      time: '0000-01-01T00:00:00.000Z',
      receivedAt: '2026-11-11T01:00:00.000Z',
      code: 'time_too_old',
    },
    {
      why: 'a sealed day',
      time: '2026-11-05T12:00:00.000Z',
      receivedAt: '2026-11-05T12:00:00.000Z',
      sealedThrough: '2026-11-05',
      code: 'day_sealed',
    },
  ])('refuses $why', ({ time, receivedAt, sealedThrough, code }) => {
    expect(codeOf(time, receivedAt, sealedThrough)).toBe(code);
  });

  it('says when the day closed, and what it is by our clock', () => {
    const findTimeError = makeFindTimeError(SETTINGS);
    const when = { receivedAtMs: at('2026-11-08T00:00:00.000Z'), sealedThrough: null };
    expect(findTimeError(at('2026-11-05T23:00:00.000Z'), when)?.message).toContain(
      '2026-11-05 closed at 2026-11-08T00:00:00.000Z',
    );
    expect(findTimeError(at('2026-11-09T00:00:00.000Z'), when)?.message).toContain(
      'it is 2026-11-08T00:00:00.000Z here',
    );
  });

  it('judges each day by its own close, however many it is asked about', () => {
    const findTimeError = makeFindTimeError(SETTINGS);
    const when = { receivedAtMs: at('2026-11-05T12:00:00.000Z'), sealedThrough: null };
    for (let day = 0; day < 300; day++) {
      const timeMs = at('2026-11-05T00:00:00.000Z') - day * 24 * HOUR_MS;
      expect(findTimeError(timeMs, when)?.code).toBe(day <= 2 ? undefined : 'time_too_old');
    }
  });
});
