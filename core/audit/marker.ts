/**
 * Markers: lines that Tally itself puts into the stream, one per stripe, so that the audit knows when a reader has passed a day's
 * close. A control line's type starts with `$`, which no producer's type can: it is never counted.
 */
import { formatArchiveLine } from '../archive-line.js';
import { encodeChunk } from '../chunk.js';
import type { ArchivedEvent } from '../event.js';
import type { Chunk } from '../ports.js';
import type { Day } from '../time.js';

const CONTROL_PREFIX = '$';
export const MARKER_TYPE = '$marker';

/** A chunk of control lines has an id with this prefix: an archive that keeps a file open closes it behind such a chunk. */
export const CONTROL_CHUNK_PREFIX = '$';

/** "Everything of this day that this stripe will ever bring lies before me." */
export interface Marker {
  readonly day: Day;
  readonly stripe: number;
}

export const isControlType = (type: string): boolean => type.startsWith(CONTROL_PREFIX);

/** The chunk that carries a marker. Its id holds the run, so that the marker of each run is a line of its own. */
export function makeMarkerChunk(
  { day, stripe }: Marker,
  { runNumber, nowMs }: { runNumber: number; nowMs: number },
): Promise<Chunk> {
  return makeControlChunk({
    type: MARKER_TYPE,
    id: `${day}/${runNumber}/${stripe}`,
    subject: `${day}/${stripe}`,
    stripe,
    nowMs,
  });
}

/** What one control line says. */
export interface ControlLine {
  /** Begins with `$`. */
  readonly type: string;
  /** Of its type, never the same twice. */
  readonly id: string;
  readonly subject: string;
  readonly stripe: number;
  readonly nowMs: number;
}

/** A chunk of one control line, stamped with the instant that it tells of. */
export async function makeControlChunk({ type, id, subject, stripe, nowMs }: ControlLine): Promise<Chunk> {
  const chunkId = `${CONTROL_CHUNK_PREFIX}${id.replaceAll('/', '-')}`;
  const event = {
    ...{ id, source: 'tally', type, subject, partitionKey: type },
    ...{ timeMs: nowMs, value: 0, restJson: '' },
  };
  const line = formatArchiveLine(event, { receivedAtMs: nowMs, chunkId, position: 0 });
  const bytes = encodeChunk([line]);
  return { chunkId, stripe, receivedAtMs: nowMs, bytes, eventCount: 0, valueSum: 0 };
}

const SUBJECT = /^(\d{4}-\d{2}-\d{2})\/(\d+)$/;

/** `null`: some other control line, of a later version perhaps. */
export function readMarker(event: Pick<ArchivedEvent, 'type' | 'subject'>): Marker | null {
  const [, day = '', stripe = ''] = (event.type === MARKER_TYPE && SUBJECT.exec(event.subject)) || [];
  return day === '' ? null : { day, stripe: Number(stripe) };
}
