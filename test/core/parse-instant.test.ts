import * as fc from 'fast-check';
import { parseInstant } from '../../core/time.js';

const anyInstant = fc
  .date({
    noInvalidDate: true,
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
  })
  .map((date) => date.toISOString());

describe('parseInstant', () => {
  it('reads what the platform writes', () => {
    fc.assert(fc.property(anyInstant, (text) => parseInstant(text) === Date.parse(text)));
  });

  // The quick reading and the pattern must agree: `+00:00` for `Z` is read by the pattern only.
  it('reads the canonical form as it reads any other, and refuses the same', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`));
    const looksCanonical = fc
      .tuple(digits(4), digits(2), digits(2), digits(2), digits(2), digits(2), digits(3))
      .map(([y, mo, d, h, mi, s, ms]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}`);
    const offByOne = anyInstant.chain((text) =>
      fc
        .tuple(fc.nat(22), fc.constantFrom(...'0123456789-:.T '))
        .map(([at, character]) => text.slice(0, at) + character + text.slice(at + 1, 23)),
    );
    fc.assert(
      fc.property(
        fc.oneof(looksCanonical, offByOne),
        (text) => parseInstant(`${text}Z`) === parseInstant(`${text}+00:00`),
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    { text: '2026-02-29T00:00:00.000Z', ms: undefined },
    { text: '2024-02-29T00:00:00.000Z', ms: 1_709_164_800_000 },
    { text: '2026-04-31T00:00:00.000Z', ms: undefined },
    { text: '2026-12-31T00:00:00.000Z', ms: 1_798_675_200_000 },
    { text: '2026-00-01T00:00:00.000Z', ms: undefined },
    { text: '2026-13-01T00:00:00.000Z', ms: undefined },
    { text: '2026-01-01T24:00:00.000Z', ms: undefined },
    { text: '2026-01-01T00:00:60.000Z', ms: undefined },
    { text: '0099-01-01T00:00:00.000Z', ms: Date.parse('0099-01-01T00:00:00.000Z') },
    { text: '2026-01-01T00:00:00.00aZ', ms: undefined },
  ])('reads $text as $ms', ({ text, ms }) => {
    expect(parseInstant(text)).toBe(ms);
  });
});
