import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeChunk, encodeChunk } from '../../core/chunk.js';
import { CHUNK_TEXT_BYTES_MAX } from '../../core/limits.js';

function textOf(bytes: Uint8Array): string {
  const decoded = decodeChunk(bytes);
  return 'lines' in decoded ? Buffer.from(decoded.lines).toString() : decoded.problem;
}

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
    expect(decodeChunk(bytes)).toEqual({ problem: 'the chunk is no valid gzip' });
  });

  it('that would inflate beyond the limit are not inflated', () => {
    const bomb = gzipSync(Buffer.alloc(CHUNK_TEXT_BYTES_MAX + 1));
    expect(decodeChunk(bomb)).toEqual({
      problem: `the chunk inflates to more than ${CHUNK_TEXT_BYTES_MAX} bytes`,
    });
    expect(decodeChunk(gzipSync(Buffer.alloc(CHUNK_TEXT_BYTES_MAX)))).toHaveProperty('lines');
  });
});

function flipped(bytes: Buffer, index: number): Buffer {
  bytes[index] = (bytes[index] ?? 0) ^ 0xff;
  return bytes;
}
