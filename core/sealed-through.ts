import type { Clock, Days } from './ports.js';
import { MINUTE_MS, type Day } from './time.js';

/** How old a belief about which days are sealed may be. A seal waits longer than this before it becomes final. */
const BELIEF_MS_MAX = MINUTE_MS;

/** `Days.sealedThrough`, asked at most once a minute: ingest needs it for every request. */
export function makeSealedThrough(
  days: Pick<Days, 'sealedThrough'>,
  clock: Clock,
): () => Promise<Day | null> {
  let belief: { readonly day: Day | null; readonly untilMs: number } | undefined;
  return async () => {
    const nowMs = clock.nowMs();
    // The age counts from before the read: what is read may be as old as that.
    if (belief === undefined || nowMs >= belief.untilMs) {
      belief = { day: await days.sealedThrough(), untilMs: nowMs + BELIEF_MS_MAX };
    }
    return belief.day;
  };
}
