/** What a client sends to S3: plain bytes, or `aws-chunked` with a checksum behind them. */
import type { IncomingMessage } from 'node:http';

export interface Body {
  readonly bytes: Buffer;
  /** CRC-32 in base64, if the client sent one. */
  readonly checksum: string | undefined;
}

const CHECKSUM = 'x-amz-checksum-crc32';

export async function readBody(request: IncomingMessage): Promise<Body> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  if (String(request.headers['content-encoding']).includes('aws-chunked')) return decodeChunks(bytes);
  const checksum = request.headers[CHECKSUM];
  return { bytes, checksum: typeof checksum === 'string' ? checksum : undefined };
}

/** `<length in hex>[;…]CRLF <bytes> CRLF` again and again, a chunk of length 0, then trailing headers. */
function decodeChunks(encoded: Buffer): Body {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = encoded.indexOf('\r\n', at);
    if (lineEnd === -1) throw new Error('a chunk of an aws-chunked body has no length');
    const length = Number.parseInt(encoded.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (length === 0) {
      const trailer = new RegExp(`${CHECKSUM}:\\s*(\\S+)`, 'i').exec(encoded.toString('latin1', start));
      return { bytes: Buffer.concat(pieces), checksum: trailer?.[1] };
    }
    pieces.push(encoded.subarray(start, start + length));
    at = start + length + 2;
  }
}
