import { DAY_MS } from '../core/time.js';

/**
 * How long a chunk may wait in the stream before the days it touches expire.
 *
 * Chunks leave the stream when both readers passed them, not by age; this is the longest the server may have been
 * down, with chunks waiting, for them to be counted when it starts again.
 */
export const STREAM_RETENTION_MS = 7 * DAY_MS;
