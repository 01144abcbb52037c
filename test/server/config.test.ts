import { resolve } from 'node:path';
import type { TallyError } from '../../core/errors.js';
import { DAY_MS, HOUR_MS } from '../../core/time.js';
import { HAS_ZSTD } from '../../core/zstd.js';
import { readConfig } from '../../server/config.js';
import { itWithZstd, itWithoutZstd } from '../support/zstd.js';

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    expect((error as TallyError).code).toBe('config_invalid');
    return (error as TallyError).message.split('\n');
  }
  return [];
}

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({ PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 8787,
      dataDirectory: resolve('data'),
      latenessMs: 48 * HOUR_MS,
      laneCount: 64,
      compression: HAS_ZSTD ? 'zstd' : 'gzip',
      auditAtMs: 3 * HOUR_MS,
      clockStartMs: undefined,
    });
  });

  it('takes an empty text for none', () => {
    expect(readConfig({ TALLY_PORT: '', TALLY_CLOCK: '' })).toEqual(readConfig({}));
  });

  it.each([
    { name: 'TALLY_HOST', text: '0.0.0.0', expected: { host: '0.0.0.0' } },
    { name: 'TALLY_HOST', text: '::1', expected: { host: '::1' } },
    { name: 'TALLY_HOST', text: 'tally.local', expected: { host: 'tally.local' } },
    { name: 'TALLY_PORT', text: '0', expected: { port: 0 } },
    { name: 'TALLY_DATA', text: '/var/tally', expected: { dataDirectory: resolve('/var/tally') } },
    { name: 'TALLY_LATENESS', text: '90m', expected: { latenessMs: 1.5 * HOUR_MS } },
    { name: 'TALLY_LATENESS', text: 'P35D', expected: { latenessMs: 35 * DAY_MS } },
    { name: 'TALLY_LANES', text: '1', expected: { laneCount: 1 } },
    { name: 'TALLY_COMPRESSION', text: 'gzip', expected: { compression: 'gzip' } },
    { name: 'TALLY_AUDIT_AT', text: '23:05', expected: { auditAtMs: 23 * HOUR_MS + 5 * 60_000 } },
    { name: 'TALLY_AUDIT_AT', text: 'never', expected: { auditAtMs: null } },
    {
      name: 'TALLY_CLOCK',
      text: '2026-11-21T00:00:00Z',
      expected: { clockStartMs: Date.parse('2026-11-21T00:00:00Z') },
    },
  ])('reads $name=$text', ({ name, text, expected }) => {
    expect(readConfig({ [name]: text })).toMatchObject(expected);
  });

  it.each([
    { name: 'TALLY_HOST', text: 'http://x' },
    { name: 'TALLY_PORT', text: '65536' },
    { name: 'TALLY_PORT', text: '80 ' },
    { name: 'TALLY_LATENESS', text: '59m' },
    { name: 'TALLY_LATENESS', text: '36d' },
    { name: 'TALLY_LATENESS', text: '48' },
    { name: 'TALLY_LANES', text: '48' },
    { name: 'TALLY_LANES', text: '2048' },
    { name: 'TALLY_COMPRESSION', text: 'lz4' },
    { name: 'TALLY_AUDIT_AT', text: '24:00' },
    { name: 'TALLY_AUDIT_AT', text: '3:00' },
    { name: 'TALLY_CLOCK', text: 'yesterday' },
  ])('refuses $name=$text, and says what is accepted', ({ name, text }) => {
    expect(problemsOf({ [name]: text })).toEqual([
      expect.stringContaining(`${name} is "${text}"; accepted: `),
    ]);
  });

  itWithZstd('reads TALLY_COMPRESSION=zstd', () => {
    expect(readConfig({ TALLY_COMPRESSION: 'zstd' }).compression).toBe('zstd');
  });

  itWithoutZstd('refuses TALLY_COMPRESSION=zstd, and says which Node has it', () => {
    expect(problemsOf({ TALLY_COMPRESSION: 'zstd' })).toEqual([
      expect.stringMatching(/^TALLY_COMPRESSION is "zstd"; accepted: gzip \(zstd needs Node 24 or later\)$/),
    ]);
  });

  it('says everything at once', () => {
    expect(problemsOf({ TALLY_PORT: 'x', TALLY_LANES: '3', TALLY_CLOCK: 'y' })).toHaveLength(3);
  });

  it('knows a slip from another name', () => {
    expect(problemsOf({ TALLY_LATENES: '1h' })[0]).toContain('did you mean TALLY_LATENESS?');
    expect(problemsOf({ TALLY_SOMETHING: '1' })[0]).toContain('accepted: TALLY_HOST, TALLY_PORT');
    expect(problemsOf({ TALLY_URL: 'http://127.0.0.1:8787', TALLY_KEY: 'k' })).toEqual([]);
  });
});
