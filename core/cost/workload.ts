import { LANE_COUNT_DEFAULT } from '../limits.js';

export type Capacity = 'on-demand' | 'provisioned';

/** A steady load, and how the stack is set up for it. */
export interface Workload {
  readonly eventsPerSecond: number;
  /** Distinct `type/subject` counters. */
  readonly counterCount: number;
  /** Counter k gets events as 1 / k^exponent: 0 is even, 1 is what names and pages do. */
  readonly zipfExponent: number;
  /** Each counter belongs to one type; each event increments its counter and its type's. */
  readonly typeCount: number;
  /** Share of events that come up to 48 hours late, evenly spread. */
  readonly lateShare: number;
  readonly eventsPerRequest: number;
  /** The batching window. */
  readonly freshnessSeconds: number;
  readonly laneCount: number;
  readonly stripeCount: number;
  /** One event as its producer sends it. */
  readonly eventBytes: number;
  readonly capacity: Capacity;
  /** How long the archive of an event is paid for. It stays for ever unless the stack's `archiveLifecycle` says otherwise. */
  readonly archiveMonths: number;
}

/** The workload that the goals are stated for. */
export const WORKLOAD_DEFAULT: Workload = {
  eventsPerSecond: 5_000,
  counterCount: 100_000,
  zipfExponent: 1,
  typeCount: 1,
  lateShare: 0,
  eventsPerRequest: 100,
  freshnessSeconds: 5,
  laneCount: LANE_COUNT_DEFAULT,
  stripeCount: 4,
  eventBytes: 180,
  capacity: 'on-demand',
  archiveMonths: 1,
};

/** How late late events are, at most. */
export const LATE_SECONDS_MAX = 48 * 3_600;
