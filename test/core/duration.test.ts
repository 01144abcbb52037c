import { formatDuration, parseDuration } from '../../core/duration.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.js';

describe('parseDuration', () => {
  it.each([
    { text: '48h', ms: 48 * HOUR_MS },
    { text: '90m', ms: 90 * MINUTE_MS },
    { text: '5s', ms: 5 * SECOND_MS },
    { text: '35d', ms: 35 * DAY_MS },
    { text: 'PT48H', ms: 48 * HOUR_MS },
    { text: 'P1DT12H', ms: 36 * HOUR_MS },
    { text: 'PT1H30M', ms: 90 * MINUTE_MS },
    { text: 'P2D', ms: 2 * DAY_MS },
    { text: '0s', ms: 0 },
  ])('reads $text', ({ text, ms }) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '48',
    'h',
    '1.5h',
    '-1h',
    '1h30m',
    ' 1h',
    '1H',
    'P1M',
    'P1Y',
    'pt1h',
    '1e3s',
  ])('refuses %p', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each([
    { ms: 48 * HOUR_MS, text: '2d' },
    { ms: 90 * MINUTE_MS, text: '90m' },
    { ms: HOUR_MS, text: '1h' },
    { ms: 5 * SECOND_MS, text: '5s' },
    { ms: 0, text: '0s' },
  ])('writes $text', ({ ms, text }) => {
    expect(formatDuration(ms)).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });
});
