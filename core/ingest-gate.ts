/**
 * Ingest opens once the archive delivers, and never closes again.
 *
 * An archive may read the stream from the moment when it is ready, and not from its beginning (Firehose does). What was
 * accepted before would be counted and in no file, and the first audits would find it over-counted.
 */
import { StreamUnavailableError } from './errors.js';
import { heartbeatStripesIn, makeHeartbeatChunk } from './heartbeat.js';
import type { Clock, StreamWriter } from './ports.js';

export interface IngestGate {
  isOpen(): Promise<boolean>;
  /** Opening again changes nothing. */
  open(nowMs: number): Promise<void>;
}

export interface RecentArchive {
  /** The archive's small files of the last hour, as they are stored. */
  recentFiles(nowMs: number): AsyncIterable<Uint8Array>;
}

const RETRY_AFTER_SECONDS = 30;

/**
 * Refuse while the gate is closed. Once found open it is not asked again.
 *
 * @throws {StreamUnavailableError} `ingest_closed`
 */
export function makeRequireOpen(gate: Pick<IngestGate, 'isOpen'>): () => Promise<void> {
  let isOpen = false;
  return async () => {
    isOpen ||= await gate.isOpen();
    if (isOpen) return;
    throw new StreamUnavailableError(
      'this stack is new and takes no events until its archive delivers, some six minutes after it was made; send the request again',
      { code: 'ingest_closed', retryAfterSeconds: RETRY_AFTER_SECONDS },
    );
  };
}

export interface BeatPorts {
  readonly stream: StreamWriter;
  readonly gate: IngestGate;
  readonly archive: RecentArchive;
  readonly clock: Clock;
  readonly stripeCount: number;
}

/**
 * Put a heartbeat on each stripe; open ingest when one of each has come through the archive.
 *
 * To be called each minute, for ever: more often, or twice at once, does no harm.
 */
export function makeBeat({ stream, gate, archive, clock, stripeCount }: BeatPorts): () => Promise<void> {
  const stripes = Array.from({ length: stripeCount }, (_, stripe) => stripe);
  let isOpen = false;
  return async () => {
    const nowMs = clock.nowMs();
    await stream.put(await Promise.all(stripes.map((stripe) => makeHeartbeatChunk(stripe, nowMs))));
    isOpen ||= await gate.isOpen();
    if (isOpen || !(await hasEachStripe(archive.recentFiles(nowMs), stripes))) return;
    await gate.open(nowMs);
    isOpen = true;
  };
}

async function hasEachStripe(files: AsyncIterable<Uint8Array>, stripes: readonly number[]): Promise<boolean> {
  const missing = new Set(stripes);
  for await (const file of files) {
    for (const stripe of heartbeatStripesIn(file)) missing.delete(stripe);
    if (missing.size === 0) return true;
  }
  return false;
}
