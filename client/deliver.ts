import { ClientError } from './errors.js';
import { refusal, type Http, type HttpRequest } from './http.js';
import type { Rejection, SendResult } from './types.js';

/** One request: well below what the server takes, and enough that its fixed cost does not matter. */
export const BATCH_EVENTS_MAX = 500;
export const BATCH_BYTES_MAX = 1_000_000;

/** Below this, gzip costs more than it saves. */
const GZIP_BYTES_MIN = 1_024;

/** Store lines of JSON, one event each. Resolves when every accepted event is durable. */
export type Deliver = (lines: readonly string[]) => Promise<SendResult>;

/**
 * Too large a request is halved until it fits. An event that is too large alone is rejected like any other, so that
 * the rest is not held up.
 */
export function makeDeliver(http: Http): Deliver {
  const deliver: Deliver = async (lines) => {
    const { status, json } = await http(await requestOf(lines));
    if (status === 202 || status === 422) return readResult(json, lines.length);
    if (status !== 413) throw refusal(status, json);
    if (lines.length <= 1) return tooLarge(lines[0], refusal(status, json));
    const middle = Math.ceil(lines.length / 2);
    const first = await deliver(lines.slice(0, middle));
    const second = await deliver(lines.slice(middle));
    return joined([first, second], [0, middle]);
  };
  return async (lines) => {
    const batches = splitIntoBatches(lines);
    const results: SendResult[] = [];
    for (const batch of batches) results.push(await deliver(batch.lines));
    return joined(
      results,
      batches.map(({ start }) => start),
    );
  };
}

interface Batch {
  /** The place of its first line among all lines. */
  readonly start: number;
  readonly lines: readonly string[];
}

/** Runs of lines within the limits of a request. */
function splitIntoBatches(lines: readonly string[]): Batch[] {
  const batches: Batch[] = [];
  let start = 0;
  while (start < lines.length) {
    const end = start + batchLength(lines, start);
    batches.push({ start, lines: lines.slice(start, end) });
    start = end;
  }
  return batches;
}

/** How many lines from `start` on make one request. At least 1: a line that is too large alone goes alone. */
export function batchLength(lines: readonly string[], start = 0): number {
  let byteCount = 0;
  let length = 0;
  for (const line of lines.slice(start, start + BATCH_EVENTS_MAX)) {
    byteCount += new TextEncoder().encode(line).byteLength + 1;
    if (byteCount > BATCH_BYTES_MAX && length > 0) break;
    length++;
  }
  return length;
}

async function requestOf(lines: readonly string[]): Promise<HttpRequest> {
  const plain = new TextEncoder().encode(lines.join('\n'));
  const headers = { 'content-type': 'application/x-ndjson' };
  const path = '/v1/events';
  // Older browsers have no CompressionStream: the events then go as they are.
  if (plain.byteLength < GZIP_BYTES_MIN || typeof CompressionStream === 'undefined') {
    return { method: 'POST', path, headers, body: plain };
  }
  const body = await gzip(plain);
  return { method: 'POST', path, headers: { ...headers, 'content-encoding': 'gzip' }, body };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Every event must be accounted for: one that is neither accepted nor rejected would be lost in silence. */
function readResult(json: unknown, lineCount: number): SendResult {
  const { accepted, rejected } = (json ?? {}) as Partial<SendResult>;
  const isOurs = typeof accepted === 'number' && Array.isArray(rejected);
  if (isOurs && accepted + rejected.length === lineCount) return { accepted, rejected };
  throw new ClientError(
    'answer_unreadable',
    `the answer does not account for the ${lineCount} events sent: check that the url is Tally's`,
  );
}

function tooLarge(
  line: string | undefined,
  { code, message }: { code: string; message: string },
): SendResult {
  return line === undefined
    ? { accepted: 0, rejected: [] }
    : { accepted: 0, rejected: [{ index: 0, id: idOf(line), code, message }] };
}

/** Lines need not be JSON: the server is who says what is wrong with them. */
function idOf(line: string): string | null {
  try {
    const { id } = JSON.parse(line) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

/** One result of several, each rejection's index moved by where its part began. */
function joined(results: readonly SendResult[], starts: readonly number[]): SendResult {
  return {
    accepted: results.reduce((sum, { accepted }) => sum + accepted, 0),
    rejected: results.flatMap(({ rejected }, part) =>
      rejected.map((one): Rejection => ({ ...one, index: one.index + (starts[part] ?? 0) })),
    ),
  };
}
