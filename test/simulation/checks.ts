import type { Tally } from './truth.js';
import { identitiesOf, minuteNameOf } from './truth.js';
import { Violation } from './violation.js';
import type { World } from './world.js';

/** Every counter, minute by minute, is the distinct events in the stream: value and events, no more, no less. */
export function requireExact({ truth, counters }: Pick<World, 'truth' | 'counters'>): void {
  const counted = counters.tallies();
  for (const [key, expected] of truth.tallies) requireEqual(key, expected, counted.get(key));
  for (const key of counted.keys()) {
    if (!truth.tallies.has(key))
      throw new Violation('counter-differs', `${minuteNameOf(key)} is counted, and nothing was sent for it`);
  }
}

function requireEqual(key: string, expected: Tally, counted: Tally | undefined): void {
  const isEqual = counted?.value === expected.value && counted.events === expected.events;
  if (isEqual) return;
  const says = counted === undefined ? 'nothing' : `value ${counted.value}, events ${counted.events}`;
  throw new Violation(
    'counter-differs',
    `${minuteNameOf(key)} says ${says}; accepted were value ${expected.value}, events ${expected.events}`,
  );
}

/** Whatever was promised to a client is in the archive too. */
export function requireArchived({ truth, firehose }: World): void {
  const archived = identitiesOf(firehose.archive.map(({ bytes }) => bytes));
  for (const identity of truth.promisedBeyond(archived)) {
    throw new Violation('not-archived', `${identity} was acknowledged and is not in the archive`);
  }
}

/** What can't be counted is kept, with its reason. */
export function requireRejected({ truth, rejected }: World): void {
  for (const line of truth.linesToReject) {
    if (!rejected.lines.has(line))
      throw new Violation('not-rejected', `neither counted nor rejected: ${line}`);
  }
}

/** Counted minus expected, summed over counters and minutes without letting losses cancel gains. */
export function driftOf({ truth, counters }: World): number {
  const [counted, adjusted] = [counters.tallies(), counters.adjustments()];
  const eventsOf = (key: string): number =>
    (counted.get(key)?.events ?? 0) + (adjusted.get(key)?.events ?? 0);
  let drift = 0;
  for (const [key, { events }] of truth.tallies) drift += Math.abs(eventsOf(key) - events);
  return drift;
}
