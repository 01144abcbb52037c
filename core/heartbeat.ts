/**
 * Heartbeats: control lines that go through every stripe each minute.
 *
 * A stripe without events would tell nothing of its readers. With a heartbeat it says how far counting has come, and that
 * the archive is being written.
 */
import { makeControlChunk } from './audit/marker.js';
import { decodeChunk } from './chunk.js';
import { readArchiveLines } from './archive-line.js';
import { formatInstant } from './time.js';
import type { Chunk } from './ports.js';

export const HEARTBEAT_TYPE = '$heartbeat';

export function makeHeartbeatChunk(stripe: number, nowMs: number): Promise<Chunk> {
  const id = `${formatInstant(nowMs)}/${stripe}`;
  return makeControlChunk({ type: HEARTBEAT_TYPE, id, subject: String(stripe), stripe, nowMs });
}

/**
 * The stripes whose heartbeats lie in a piece of the archive: one chunk, or many one after the other.
 *
 * What can't be read holds none: whoever looks for heartbeats looks again a minute later.
 */
export function heartbeatStripesIn(archived: Uint8Array): number[] {
  const decoded = decodeChunk(archived);
  const stripes: number[] = [];
  if ('problem' in decoded) return stripes;
  readArchiveLines(decoded.lines, {
    onEvent: ({ type, subject }) => {
      if (type === HEARTBEAT_TYPE) stripes.push(Number(subject));
    },
    onBadLine: () => undefined,
  });
  return stripes;
}
