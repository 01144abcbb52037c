/** What the usual serverless patterns cost for the same counters: every event on its own. */
import type { CountedUnits } from './meter.js';

export interface UsualPattern {
  readonly name: string;
  readonly writeUnitsPerEvent: number;
  readonly callsPerEvent: number;
  /** What becomes of the counts when a worker dies half-way and the event is delivered again. */
  readonly inACrash: string;
}

/** An event increments its subject's counter and its type's. */
const INCREMENTS = 2;
/** A write in a transaction is billed twice: to prepare, and to commit. */
const TRANSACTION_FACTOR = 2;

export const USUAL_PATTERNS: readonly UsualPattern[] = [
  {
    name: 'conditional put, then increment',
    writeUnitsPerEvent: 1 + INCREMENTS,
    callsPerEvent: 1 + INCREMENTS,
    inACrash: 'loses counts',
  },
  {
    name: 'put and increment in one transaction',
    writeUnitsPerEvent: TRANSACTION_FACTOR * (1 + INCREMENTS),
    callsPerEvent: 1,
    inACrash: 'exact, as long as the ids are kept',
  },
  {
    name: 'Powertools idempotency around the increments',
    writeUnitsPerEvent: 2 + INCREMENTS,
    callsPerEvent: 2 + INCREMENTS,
    inACrash: 'counts twice',
  },
];

/** Their DynamoDB writes for so many events; on-demand, and nothing else of the bill. */
export const usualPatternUnits = (pattern: UsualPattern, eventCount: number): CountedUnits => ({
  counterWriteUnits: pattern.writeUnitsPerEvent * eventCount,
});
