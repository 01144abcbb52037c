import type { Context } from 'aws-lambda';

/** A commit can take a while when it is throttled: a quarter of the time is kept for the last one. */
const TIME_KEPT = 1 / 4;
const MEMORY_USED_MAX = 3 / 4;

type Limits = Pick<Context, 'getRemainingTimeInMillis' | 'memoryLimitInMB'>;

/**
 * Whether to commit and leave the rest of a batch to another invocation: near the end of time or of memory.
 *
 * Killed in the middle, a worker loses nothing but what it did; leaving in time keeps that, too.
 */
export function makeMustStop(
  context: Limits,
  memoryUsedBytes: () => number = () => process.memoryUsage.rss(),
): () => boolean {
  const keptMs = context.getRemainingTimeInMillis() * TIME_KEPT;
  const bytesMax = Number(context.memoryLimitInMB) * 1024 * 1024 * MEMORY_USED_MAX;
  return () => context.getRemainingTimeInMillis() < keptMs || memoryUsedBytes() > bytesMax;
}
