import { makeRandom, makeZipf, wholeBelow, type Random } from './random.js';

/** Everything a load is made from: the same plan is the same requests. */
export interface LoadPlan {
  /** Tells this load's events from those of every other. */
  readonly run: string;
  readonly type: string;
  readonly seed: number;
  /** Distinct events. */
  readonly count: number;
  readonly keyCount: number;
  readonly zipfExponent: number;
  /** The share of events that are sent more than once. */
  readonly duplicateShare: number;
  readonly eventsPerRequest: number;
  /** Events happened during the ten minutes before. */
  readonly atMs: number;
}

export interface GeneratedEvent {
  readonly key: number;
  readonly value: number;
  readonly line: string;
}

export interface LoadRequest {
  readonly lines: readonly string[];
  /** The events that are in no earlier request. */
  readonly fresh: readonly GeneratedEvent[];
  /** How many distinct events came before. */
  readonly freshBefore: number;
  /** The whole request is sent twice at once, as by a client that lost patience. */
  readonly isSentTwice: boolean;
}

const SPAN_MS = 10 * 60_000;
/** A duplicate that comes later is at most so many requests behind. */
const REQUESTS_BEHIND_MAX = 20;
/** Most events add 1. */
const ODD_VALUE_SHARE = 0.1;
const ODD_VALUE_MIN = -3;
const ODD_VALUES = 13;

export const sourceOf = ({ run }: LoadPlan): string => `tally-load-${run}`;
export const subjectOf = (key: number): string => `k${key}`;

interface LateDuplicate {
  readonly line: string;
  readonly dueRequest: number;
}

/**
 * The requests of a load, in order. Duplicates are of three kinds, a third each: in one request, in a later request,
 * and whole requests sent twice at once.
 */
export function* generateRequests(plan: LoadPlan): Generator<LoadRequest> {
  const random = makeRandom(plan.seed);
  const drawKey = makeZipf(plan.keyCount, plan.zipfExponent);
  const isChosen = (): boolean => random() < plan.duplicateShare / 3;
  const late: LateDuplicate[] = [];
  let freshCount = 0;
  for (let request = 0; freshCount < plan.count || late.length > 0; request++) {
    const freshBefore = freshCount;
    const lines = takeDue(late, freshCount === plan.count ? Infinity : request, plan.eventsPerRequest);
    const fresh: GeneratedEvent[] = [];
    while (lines.length < plan.eventsPerRequest && freshCount < plan.count) {
      const event = makeEvent(plan, freshCount++, drawKey(random), random);
      fresh.push(event);
      lines.push(event.line);
      if (isChosen() && lines.length < plan.eventsPerRequest) lines.push(event.line);
      if (isChosen()) {
        late.push({ line: event.line, dueRequest: request + 1 + wholeBelow(REQUESTS_BEHIND_MAX, random) });
      }
    }
    yield { lines, fresh, freshBefore, isSentTwice: isChosen() };
  }
}

/** Takes what is due out of the list, leaving room for at least one fresh event unless a request holds but one. */
function takeDue(late: LateDuplicate[], request: number, eventsPerRequest: number): string[] {
  const due = late
    .filter(({ dueRequest }) => dueRequest <= request)
    .slice(0, Math.max(1, eventsPerRequest - 1));
  for (const duplicate of due) late.splice(late.indexOf(duplicate), 1);
  return due.map(({ line }) => line);
}

function makeEvent(plan: LoadPlan, index: number, key: number, random: Random): GeneratedEvent {
  const value = random() < ODD_VALUE_SHARE ? ODD_VALUE_MIN + wholeBelow(ODD_VALUES, random) : 1;
  const line = JSON.stringify({
    specversion: '1.0',
    id: `${plan.run}-${index}`,
    source: sourceOf(plan),
    type: plan.type,
    subject: subjectOf(key),
    time: new Date(plan.atMs - wholeBelow(SPAN_MS, random)).toISOString(),
    data: { value },
  });
  return { key, value, line };
}
