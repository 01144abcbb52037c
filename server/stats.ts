/** What the server has done since it started, in one small answer: for the console and `tally watch`, once a second. */
import { METRICS } from '../core/metric-names.js';
import { formatInstant } from '../core/time.js';
import type { Health } from './health.js';
import type { PrometheusMetrics } from './prometheus-metrics.js';

export interface Stats extends Health {
  /** Counts begin at zero with it: another `startedAt` tells that they did. */
  readonly startedAt: string;
  readonly events: {
    readonly accepted: number;
    readonly counted: number;
    readonly duplicate: number;
    /** By error code; codes that never occurred are left out. */
    readonly rejected: Readonly<Record<string, number>>;
  };
}

/** How the server is, and its counts of events since `startedAtMs`. */
export async function readStats(
  health: Health,
  metrics: Pick<PrometheusMetrics, 'total' | 'totalsByLabel'>,
  startedAtMs: number,
): Promise<Stats> {
  return {
    ...health,
    startedAt: formatInstant(startedAtMs),
    events: {
      accepted: await metrics.total(METRICS.eventsAccepted),
      counted: await metrics.total(METRICS.eventsCounted),
      duplicate: await metrics.total(METRICS.eventsDuplicate),
      rejected: await metrics.totalsByLabel(METRICS.eventsRejected),
    },
  };
}
