import type { Random } from './random.js';
import { LARGE_EVENTS } from './scenario.js';
import { identityOf, type TrueLine } from './truth.js';

/** A CloudEvent as a client sends it. */
export interface ClientEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly partitionkey?: string;
  readonly time: string;
  readonly data?: { readonly value: number };
}

export interface PlannedRequest {
  readonly name: string;
  readonly atMs: number;
  readonly events: readonly ClientEvent[];
}

export interface WorkloadPlan {
  readonly eventCount: number;
  /** Share of events that are sent once more, in another request. */
  readonly duplicateShare: number;
  readonly startMs: number;
  readonly spanMs: number;
  /** When days may close: events of them come up to the last moment, and after it. */
  readonly usualLatenessMs: number;
  readonly closes: readonly { readonly atMs: number; readonly latenessMs: number }[];
}

/** Values that add up, cancel each other, or add nothing. */
const VALUES = [1, 1, 1, 1, 0, -1, 2, -2, 7, -1_000_000, 1_000_000] as const;

const HOUR_MS = 3_600_000;
/** Late events come from few different hours, so that they too meet in journals. */
const LATE_HOURS = [1, 2, 3, 20] as const;
/** Share of events that take another event's source and id, and differ in something else that identity rests on. */
const NEAR_TWIN_SHARE = 0.1;
/** Share of events that are hours late, within the lateness. */
const LATE_SHARE = 0.05;

interface EventShape {
  readonly typeCount: number;
  readonly subjectCount: number;
  readonly subjectLength: number;
}

/** Everything the clients will send, drawn before the run: a fault can't change what is sent, only when. */
export function planWorkload(random: Random, plan: WorkloadPlan): PlannedRequest[] {
  const shape = {
    typeCount: random.integer(1, 3),
    subjectCount: random.integer(1, 16),
    subjectLength: random.pick(plan.eventCount < LARGE_EVENTS ? [4, 40, 250] : [4, 40]),
    requestEventsMax: random.pick(plan.eventCount < LARGE_EVENTS ? [1, 5, 40] : [40, 100, 500]),
  };
  const requests: PlannedRequest[] = [];
  const sent: ClientEvent[] = [];
  const identities = new Set<string>();
  while (sent.length < plan.eventCount) {
    const { atMs, lateMs } = drawMoment(random, plan);
    const count = Math.min(random.integer(1, shape.requestEventsMax), plan.eventCount - sent.length);
    const events = Array.from({ length: count }, () => {
      const event = drawNewEvent(random, shape, { sent, identities, sendMs: plan.startMs + atMs, lateMs });
      sent.push(event);
      return event;
    });
    while (random.chance(plan.duplicateShare) && events.length < 2 * count) events.push(random.pick(sent));
    requests.push({ name: `request-${requests.length + 1}`, atMs, events });
  }
  return requests.sort((a, b) => a.atMs - b.atMs);
}

/** When a request is sent, and how late its events are; `null`: as late as events ever are. */
interface Moment {
  readonly atMs: number;
  readonly lateMs: number | null;
}

/** About a minute before a close, up to a moment after it. */
const BEFORE_CLOSE_MS_MAX = 60_000;
const AFTER_CLOSE_MS_MAX = 2_000;

function drawMoment(random: Random, { startMs, spanMs, closes, usualLatenessMs }: WorkloadPlan): Moment {
  const anywhere = { atMs: Math.floor(random.next() * spanMs), lateMs: null };
  if (closes.length === 0 || random.chance(0.6)) return anywhere;
  // Mostly the lateness that the run begins with, which is in force more often than any other.
  const likely = closes.filter((close) => close.latenessMs === usualLatenessMs);
  const { atMs: closeMs, latenessMs } = random.pick(random.chance(0.7) ? likely : closes);
  const atMs = Math.floor(
    closeMs - startMs - random.skewed(BEFORE_CLOSE_MS_MAX) + random.skewed(AFTER_CLOSE_MS_MAX),
  );
  if (atMs < 0 || atMs >= spanMs) return anywhere;
  // Of the last seconds of the day that closes.
  return { atMs, lateMs: latenessMs + random.integer(1, 60_000) };
}

/** An event unlike all before it: two bodies under one identity would have two right answers. */
function drawNewEvent(
  random: Random,
  shape: EventShape,
  {
    identities,
    ...given
  }: { sent: readonly ClientEvent[]; identities: Set<string>; sendMs: number; lateMs: number | null },
): ClientEvent {
  for (;;) {
    const event = drawEvent(random, shape, given);
    const identity = identityOf(lineOf(event), Date.parse(event.time));
    if (identities.has(identity)) continue;
    identities.add(identity);
    return event;
  }
}

function drawEvent(
  random: Random,
  shape: EventShape,
  {
    sent,
    sendMs,
    lateMs: momentLateMs,
  }: { sent: readonly ClientEvent[]; sendMs: number; lateMs: number | null },
): ClientEvent {
  const twin = sent.length > 0 && random.chance(NEAR_TWIN_SHARE) ? random.pick(sent) : undefined;
  const usualLateMs = random.chance(LATE_SHARE)
    ? random.pick(LATE_HOURS) * HOUR_MS + random.integer(0, 60_000)
    : random.integer(0, 60_000);
  const lateMs = momentLateMs ?? usualLateMs;
  const subject = `s${random.integer(1, shape.subjectCount)}`.padEnd(shape.subjectLength, '-');
  const partitionKey = random.chance(0.2) ? { partitionkey: `p${random.integer(1, 4)}` } : {};
  const value = random.pick(VALUES);
  return {
    specversion: '1.0',
    id: twin?.id ?? `e${sent.length + 1}`,
    source: twin?.source ?? `client-${random.integer(1, 2)}`,
    type: `type-${random.integer(1, shape.typeCount)}`,
    ...(random.chance(0.8) ? { subject } : {}),
    ...partitionKey,
    time: twin !== undefined && random.chance(0.7) ? twin.time : new Date(sendMs - lateMs).toISOString(),
    ...(value === 1 ? {} : { data: { value } }),
  };
}

/** What the contract says an event means. */
export const lineOf = ({
  id,
  source,
  type,
  subject = '',
  partitionkey,
  time,
  data,
}: ClientEvent): TrueLine => ({
  id,
  source,
  type,
  subject,
  partitionkey: partitionkey ?? (subject === '' ? type : `${type}/${subject}`),
  time,
  value: data?.value ?? 1,
});
