/**
 * What one batch of the count Lambda holds. The window is what was asked for; full batches cut it shorter, and then the
 * counts are fresher and dearer than asked for.
 */
import type { Workload } from './workload.js';

/** A batch's limits, as Lambda sets them: records, and bytes of the payload as JSON. */
const BATCH_RECORDS_MAX = 10_000;
const BATCH_PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** What Lambda writes around each record: sequence number, ARNs, region, arrival. By Lambda's sample of such an event. */
const RECORD_ENVELOPE_BYTES = 600;
const BASE64_GROWTH = 4 / 3;

/**
 * A chunk's size by its events, for events of 180 bytes: frame and first event, and what each further event adds.
 * Measured by `npm run bench -- --only chunk-bytes`.
 */
export const CHUNK_FRAME_BYTES = 200;
export const CHUNK_EVENT_BYTES = 39;
const MEASURED_EVENT_BYTES = 180;

/** A provisioned shard takes this much a second; half of it is planned for, as design.md has it for bytes. */
const SHARD_RECORDS_PER_SECOND_PLANNED = 500;
const SHARD_BYTES_PER_SECOND_PLANNED = 500_000;

export interface Batching {
  /** Records (chunks) one request becomes: at most one per stripe. */
  readonly chunksPerRequest: number;
  readonly chunkBytes: number;
  /** Stripes that the load needs, never fewer than were asked for. */
  readonly stripeCount: number;
  readonly windowSeconds: number;
  readonly isWindowCut: boolean;
}

export const chunkBytesOf = (eventCount: number, eventBytes: number): number =>
  CHUNK_FRAME_BYTES + eventCount * CHUNK_EVENT_BYTES * (eventBytes / MEASURED_EVENT_BYTES);

/** How a load is cut into chunks and batches. Stripes double until a shard's planned load holds the records. */
export function batchingOf(workload: Workload): Batching {
  const { eventsPerSecond, eventsPerRequest, eventBytes, laneCount, freshnessSeconds } = workload;
  for (let stripeCount = workload.stripeCount; ; stripeCount *= 2) {
    const chunksPerRequest = stripeCount * (1 - (1 - 1 / stripeCount) ** eventsPerRequest);
    const chunkBytes = chunkBytesOf(eventsPerRequest / chunksPerRequest, eventBytes);
    const recordsPerSecond = ((eventsPerSecond / eventsPerRequest) * chunksPerRequest) / stripeCount;
    const isWithinPlan =
      recordsPerSecond <= SHARD_RECORDS_PER_SECOND_PLANNED &&
      recordsPerSecond * chunkBytes <= SHARD_BYTES_PER_SECOND_PLANNED;
    if (!isWithinPlan && stripeCount < laneCount) continue;
    const payloadBytes = chunkBytes * BASE64_GROWTH + RECORD_ENVELOPE_BYTES;
    const recordsMax = Math.min(BATCH_RECORDS_MAX, BATCH_PAYLOAD_BYTES_MAX / payloadBytes);
    const fullAfterSeconds = recordsMax / recordsPerSecond;
    const isWindowCut = fullAfterSeconds < freshnessSeconds;
    const windowSeconds = isWindowCut ? fullAfterSeconds : freshnessSeconds;
    return { chunksPerRequest, chunkBytes, stripeCount, windowSeconds, isWindowCut };
  }
}
