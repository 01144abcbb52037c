/** What would make a load cheaper: other settings of the stack and its producers, and what each would save by itself. */
import { expectUnits } from './expected-units.js';
import { billOf } from './meter.js';
import type { Workload } from './workload.js';

export interface Saving {
  /** What to change, from what to what: `requests of 100 events instead of 10`. */
  readonly change: string;
  readonly usdPerBillion: number;
  /** Share of the whole bill. */
  readonly share: number;
}

/** Steps that producers and operators can take; beyond the last of each there is little to gain. */
const EVENTS_PER_REQUEST = [10, 100, 500];
const FRESHNESS_SECONDS = 60;
/** Less is not worth a person's time. */
const SHARE_MIN = 0.02;

/** Each by itself, the largest first. What saves next to nothing is left out. */
export function savingsOf(workload: Workload): Saving[] {
  const usdOf = (one: Workload): number => billOf(expectUnits(one).units, 1e9).usdPerBillion;
  const now = usdOf(workload);
  return changesOf(workload)
    .map(({ change, to }) => ({ change, usdPerBillion: now - usdOf({ ...workload, ...to }) }))
    .map((saving) => ({ ...saving, share: saving.usdPerBillion / now }))
    .filter(({ share }) => share >= SHARE_MIN)
    .sort((a, b) => b.usdPerBillion - a.usdPerBillion);
}

interface Change {
  readonly change: string;
  readonly to: Partial<Workload>;
}

function changesOf(workload: Workload): Change[] {
  const { eventsPerRequest, freshnessSeconds, capacity, stripeCount } = workload;
  const changes: Change[] = [];
  const larger = EVENTS_PER_REQUEST.find((count) => count > eventsPerRequest);
  if (larger !== undefined)
    changes.push({
      change: `requests of ${larger} events instead of ${eventsPerRequest}`,
      to: { eventsPerRequest: larger },
    });
  if (freshnessSeconds < FRESHNESS_SECONDS)
    changes.push({
      change: `a window of ${FRESHNESS_SECONDS} s instead of ${freshnessSeconds} s`,
      to: { freshnessSeconds: FRESHNESS_SECONDS },
    });
  if (capacity === 'on-demand')
    changes.push({
      change: 'provisioned capacity instead of on-demand, if the load is as steady as this',
      to: { capacity: 'provisioned' },
    });
  if (stripeCount > 1)
    changes.push({
      change: `fewer stripes: 1 instead of ${stripeCount}, or as few as hold the load`,
      to: { stripeCount: 1 },
    });
  return changes;
}
