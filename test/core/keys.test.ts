import { hasScope, isKeyValid, makeKey, matchesSource, parseToken } from '../../core/keys.js';

const random = { id: new Uint8Array(8).fill(1), secret: new Uint8Array(32).fill(2) };
const made = makeKey(random, { scopes: ['ingest'], createdAtMs: 0 });

describe('a key', () => {
  it('is a token that names itself, holds 256 bits of secret and ends in a checksum', () => {
    expect(made.token).toMatch(/^tally_(01){8}_(02){32}_[0-9a-f]{8}$/);
  });

  it('is stored as a hash: the record does not hold the secret', () => {
    expect(JSON.stringify(made.record)).not.toContain('0202');
  });

  it('opens with its own secret only, until it is revoked', () => {
    const token = parseToken(made.token);
    const other = parseToken(makeKey({ ...random, secret: new Uint8Array(32).fill(3) }, made.record).token);
    if (token === null || other === null) throw new Error('tokens that we made must parse');
    expect(isKeyValid(made.record, token)).toBe(true);
    expect(isKeyValid(made.record, other)).toBe(false);
    expect(isKeyValid({ ...made.record, revokedAtMs: 1 }, token)).toBe(false);
  });

  it.each([
    { why: 'a mistyped character', token: made.token.replace('02', '03') },
    { why: 'a cut end', token: made.token.slice(0, -1) },
    { why: 'upper case', token: made.token.toUpperCase() },
    { why: 'another product', token: made.token.replace('tally', 'other') },
    { why: 'a line after it', token: `${made.token}\n` },
    { why: 'nothing', token: '' },
  ])('is refused by its form alone, without a read: $why', ({ token }) => {
    expect(parseToken(token)).toBeNull();
  });

  it('may do what its scopes say; an admin key may do everything', () => {
    expect(hasScope({ scopes: ['read'] }, 'read')).toBe(true);
    expect(hasScope({ scopes: ['read'] }, 'ingest')).toBe(false);
    expect(hasScope({ scopes: ['admin'] }, 'ingest')).toBe(true);
  });
});

describe('a source pattern', () => {
  it.each([
    { pattern: 'web-1', source: 'web-1', matches: true },
    { pattern: 'web-1', source: 'web-10', matches: false },
    { pattern: 'web-*', source: 'web-', matches: true },
    { pattern: 'web-*', source: 'my-web-1', matches: false },
    { pattern: '*', source: 'anything/at\nall', matches: true },
    { pattern: '*.shop.*', source: 'eu.shop.1', matches: true },
    { pattern: '*.shop.*', source: 'eu-shop-1', matches: false },
    { pattern: 'a*b*c', source: 'a-b-b-c', matches: true },
    { pattern: 'a*b', source: 'ab-b-c', matches: false },
    { pattern: 'a*a', source: 'a', matches: false },
    { pattern: 'a.c', source: 'abc', matches: false },
  ])('$pattern matches $source: $matches', ({ pattern, source, matches }) => {
    expect(matchesSource(pattern, source)).toBe(matches);
  });
});
