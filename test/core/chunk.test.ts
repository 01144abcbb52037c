import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compressLines, decodeChunk, encodeChunk } from '../../core/chunk.js';
import { CHUNK_TEXT_BYTES_MAX } from '../../core/limits.js';
import { HAS_ZSTD } from '../../core/zstd.js';
import { ZSTD_OF_A, ZSTD_OF_B, itWithZstd, itWithoutZstd } from '../support/zstd.js';

function textOf(bytes: Uint8Array): string {
  const decoded = decodeChunk(bytes);
  return 'lines' in decoded ? Buffer.from(decoded.lines).toString() : decoded.problem;
}

const UNREADABLE = 'the chunk is neither valid gzip nor valid zstd';

describe('chunks', () => {
  it('are gzip of newline-terminated lines', async () => {
    const bytes = encodeChunk(['{"a":"ü"}', '{"b":2}']);
    expect(gunzipSync(bytes).toString()).toBe('{"a":"ü"}\n{"b":2}\n');
    expect(textOf(bytes)).toBe('{"a":"ü"}\n{"b":2}\n');
  });

  it('may be concatenated, and are then one gzip with all lines', async () => {
    const both = Buffer.concat([encodeChunk(['1']), encodeChunk(['2'])]);
    expect(textOf(both)).toBe('1\n2\n');
  });

  it.each([
    { why: 'no gzip', bytes: Buffer.from('{"a":1}\n') },
    { why: 'nothing', bytes: Buffer.alloc(0) },
    { why: 'a torn end', bytes: gzipSync(randomBytes(1_000)).subarray(0, 500) },
    { why: 'a flipped bit', bytes: flipped(gzipSync('x'.repeat(1_000)), 15) },
  ])('that are damaged are a problem, not a throw: $why', ({ bytes }) => {
    expect(decodeChunk(bytes)).toEqual({ problem: UNREADABLE });
  });

  it('that would inflate beyond the limit are not inflated', () => {
    const bomb = gzipSync(Buffer.alloc(CHUNK_TEXT_BYTES_MAX + 1));
    expect(decodeChunk(bomb)).toEqual({
      problem: `the chunk inflates to more than ${CHUNK_TEXT_BYTES_MAX} bytes`,
    });
    expect(decodeChunk(gzipSync(Buffer.alloc(CHUNK_TEXT_BYTES_MAX)))).toHaveProperty('lines');
  });
});

describe('chunks of zstd', () => {
  const LINES = ['{"a":"ü"}', ...Array.from({ length: 40 }, (_, at) => `{"b":${at}}`)];
  const TEXT = `${LINES.join('\n')}\n`;

  itWithZstd('are written and read', () => {
    const bytes = encodeChunk(LINES, 'zstd');
    expect(Buffer.from(bytes.subarray(0, 4)).toString('hex')).toBe('28b52ffd');
    expect(textOf(bytes)).toBe(TEXT);
    expect(textOf(ZSTD_OF_A)).toBe('a\n');
  });

  itWithZstd('never say anything else than they did: whichever bit is flipped, wherever they end', () => {
    const whole = Buffer.from(encodeChunk(LINES, 'zstd'));
    for (let end = 4; end < whole.length; end++) expect(textOf(whole.subarray(0, end))).toBe(UNREADABLE);
    // The magic number's own bits make it something else than zstd.
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const text = textOf(withFlippedBit(whole, bit));
      expect([bit, text === TEXT ? UNREADABLE : text]).toEqual([bit, UNREADABLE]);
    }
  });

  itWithZstd('are one frame: what follows it is not left out in silence', () => {
    expect(textOf(Buffer.concat([ZSTD_OF_A, Buffer.from('x')]))).toBe(UNREADABLE);
    expect([UNREADABLE, 'a\nb\n']).toContain(textOf(Buffer.concat([ZSTD_OF_A, ZSTD_OF_B])));
  });

  itWithZstd('that would inflate beyond the limit are not inflated', () => {
    const bomb = compressLines(Buffer.alloc(CHUNK_TEXT_BYTES_MAX + 1), 'zstd');
    expect(textOf(bomb)).toBe(`the chunk inflates to more than ${CHUNK_TEXT_BYTES_MAX} bytes`);
    expect(decodeChunk(compressLines(Buffer.alloc(CHUNK_TEXT_BYTES_MAX), 'zstd'))).toHaveProperty('lines');
  });

  itWithoutZstd('are not taken for damaged ones where Node has no zstd: reading them fails', () => {
    expect(HAS_ZSTD).toBe(false);
    expect(() => decodeChunk(ZSTD_OF_A)).toThrow('zstd needs Node 24 or later');
    expect(() => encodeChunk(['a'], 'zstd')).toThrow(/zstd needs Node 24/);
  });
});

const withFlippedBit = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

function flipped(bytes: Buffer, index: number): Buffer {
  bytes[index] = (bytes[index] ?? 0) ^ 0xff;
  return bytes;
}
