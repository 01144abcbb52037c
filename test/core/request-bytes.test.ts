import fc from 'fast-check';
import { Piece, RequestBytes, TextSpan } from '../../core/request-bytes.js';

/** In memory that begins at any byte, as the bodies of requests do. */
const requestOf = (bytes: Uint8Array, offset: number): RequestBytes => {
  const memory = new Uint8Array(offset + bytes.length + 8).fill(0x78);
  memory.set(bytes, offset);
  return new RequestBytes(memory.subarray(offset, offset + bytes.length));
};

const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;

const byte = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  { weight: 2, arbitrary: fc.constantFrom(0x22, 0x5c, 0x7f, 0x80, 0xff, 0x1f, 0x00, 0x21, 0x23, 0x5b, 0x5d) },
);
const someBytes = fc.array(byte, { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes));
const offset = fc.nat({ max: 3 });

it('reads a text up to its quote, and nothing that is not plain', () => {
  fc.assert(
    fc.property(someBytes, fc.nat({ max: 24 }), offset, (bytes, start, shift) => {
      const span = new TextSpan();
      const isText = requestOf(bytes, shift).readText(span, start);
      let end = start;
      while (end < bytes.length && isPlain(bytes[end] as number)) end++;
      expect({ isText, end: span.end }).toEqual({ isText: bytes[end] === 0x22, end });
    }),
    { numRuns: 5_000 },
  );
});

it('gives equal texts equal hashes, wherever they stand, and others nearly always different ones', () => {
  const hashes = new Set<number>();
  const texts = new Set<string>();
  fc.assert(
    fc.property(fc.stringMatching(/^[ !#-[\]-~]{0,20}$/), offset, fc.nat({ max: 5 }), (text, shift, gap) => {
      const bytes = Buffer.from(`${' '.repeat(gap)}${text}"}]`);
      const span = new TextSpan();
      expect(requestOf(bytes, shift).readText(span, gap)).toBe(true);
      const again = new TextSpan();
      requestOf(Buffer.from(`${text}"`), 0).readText(again, 0);
      expect(again.hash).toBe(span.hash);
      hashes.add(span.hash);
      texts.add(text);
    }),
    { numRuns: 2_000 },
  );
  expect(hashes.size).toBeGreaterThan(0.95 * texts.size);
});

it('finds a piece where it is, and nowhere else', () => {
  fc.assert(
    fc.property(
      someBytes,
      fc.nat({ max: 24 }),
      fc.nat({ max: 24 }),
      fc.nat(),
      offset,
      (bytes, from, length, flip, shift) => {
        const piece = bytes.slice(from, from + length);
        const request = requestOf(bytes, shift);
        expect(new Piece(piece).isAt(request, from)).toBe(true);
        if (piece.length === 0) return;
        const other = Uint8Array.from(piece);
        other[flip % piece.length] = (piece[flip % piece.length] as number) ^ 1;
        expect(new Piece(other).isAt(request, from)).toBe(false);
        expect(new Piece(Uint8Array.of(...piece, 1)).isAt(request, bytes.length - piece.length)).toBe(false);
      },
    ),
    { numRuns: 3_000 },
  );
});
