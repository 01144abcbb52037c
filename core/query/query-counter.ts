/** The use case *query*: what a counter says, from sealed totals for sealed days and from live shards for open ones. */
import { TallyError } from '../errors.js';
import { counterOf } from '../event.js';
import type { Clock, Consistency, CounterReader, Days, Freshness, TotalsReader } from '../ports.js';
import { expiresAtMsOf, type Settings } from '../settings.js';
import {
  DAY_MS,
  HOUR_MS,
  INSTANT_MS_MIN,
  MINUTE_MS,
  dayEndMs,
  dayOf,
  dayStartMs,
  floorTo,
  formatInstant,
  type Day,
} from '../time.js';
import { GRANULARITY_MS, type CounterQuery } from './counter-query.js';
import { Buckets, type BucketStatus } from './buckets.js';

export interface QueryPorts {
  readonly counters: CounterReader;
  readonly totals: TotalsReader;
  readonly days: Days;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly streamRetentionMs: number;
}

export interface CounterRow {
  readonly from: string;
  readonly to: string;
  readonly value: number;
  readonly events: number;
  readonly status: BucketStatus;
}

/** The answer, as HTTP sends it. Values and events are exact integers. */
export interface CounterAnswer {
  readonly type: string;
  readonly subject: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly granularity: string | null;
  /** Over the whole range, whatever page of rows this is. */
  readonly value: number;
  readonly events: number;
  /** Units in which something happened, in order. */
  readonly rows: readonly CounterRow[];
  /** Ask again with this as `cursor` for the rows after these. */
  readonly next: string | null;
  /** Everything accepted before this instant is in the answer. */
  readonly asOf: string;
  readonly lagMs: number;
  readonly sealedThrough: Day | null;
}

/**
 * Answer a question about a counter. A counter nobody ever incremented is zero, not an error.
 *
 * @throws {TallyError} `granularity_unavailable`: the minutes asked for have expired.
 * @throws {TallyError} `counter_overflow`.
 */
export async function queryCounter(ports: QueryPorts, query: CounterQuery): Promise<CounterAnswer> {
  // Freshness first: what is counted while the shards are read may be in the answer, but it is not promised.
  const countedThroughMs = await ports.freshness.countedThroughMs();
  const sealedThrough = await ports.days.sealedThrough();
  const buckets = new Buckets(query.granularity === undefined ? null : GRANULARITY_MS[query.granularity]);
  const unitMs = finestUnitMs(query);
  const sealedEndMs = sealedThrough === null ? null : dayEndMs(sealedThrough);
  const readsTotals = sealedEndMs !== null && (query.fromMs ?? 0) < sealedEndMs && unitMs >= HOUR_MS;
  if (sealedEndMs !== null && !readsTotals) await requireMinutes(ports, query, sealedEndMs);
  if (readsTotals) await addTotals(ports, query, sealedEndMs, buckets);
  await addShards(ports, query, readsTotals ? sealedEndMs : null, { buckets, sealedEndMs });
  const page = buckets.page(query.cursorMs, query.limit);
  const nowMs = ports.clock.nowMs();
  const asOfMs = Math.min(countedThroughMs, nowMs);
  return {
    type: query.type,
    subject: query.subject === '' ? null : query.subject,
    from: instantOrNull(query.fromMs),
    to: instantOrNull(query.toMs),
    granularity: query.granularity ?? null,
    ...buckets.total,
    rows: page.rows,
    next: instantOrNull(page.nextMs),
    asOf: formatInstant(asOfMs),
    lagMs: nowMs - asOfMs,
    sealedThrough,
  };
}

const instantOrNull = (ms: number | undefined): string | null =>
  ms === undefined ? null : formatInstant(ms);

/** The largest unit that both the rows and the ends of the range are whole in. */
function finestUnitMs({ fromMs, toMs, granularity }: CounterQuery): number {
  const isWhole = (unitMs: number): boolean => (fromMs ?? 0) % unitMs === 0 && (toMs ?? 0) % unitMs === 0;
  const rowMs = granularity === undefined ? DAY_MS : GRANULARITY_MS[granularity];
  return [DAY_MS, HOUR_MS].find((unitMs) => unitMs <= rowMs && isWhole(unitMs)) ?? MINUTE_MS;
}

/** Sealed days keep hours for ever, minutes only as long as their shards live. */
async function requireMinutes(
  ports: QueryPorts,
  { fromMs }: CounterQuery,
  sealedEndMs: number,
): Promise<void> {
  if (fromMs !== undefined && fromMs >= sealedEndMs) return;
  const day = fromMs === undefined ? null : dayOf(fromMs);
  const record = day === null ? null : await ports.days.find(day);
  const expiresAtMs =
    record?.expiresAtMs ?? (day === null ? 0 : expiresAtMsOf(ports.settings, day, ports.streamRetentionMs));
  if (ports.clock.nowMs() < expiresAtMs) return;
  throw new TallyError(
    'granularity_unavailable',
    `minutes of ${day ?? 'the first days'} have expired; ask for whole hours (granularity PT1H), or from a later instant`,
  );
}

/**
 * What is sealed is read strongly, whatever the question says: it is called final, and just after a seal an eventual read may not
 * have it yet.
 */
const FINAL: Consistency = 'strong';

/** Hours of sealed days. */
async function addTotals(
  ports: QueryPorts,
  query: CounterQuery,
  sealedEndMs: number,
  buckets: Buckets,
): Promise<void> {
  const toMs = Math.min(query.toMs ?? sealedEndMs, sealedEndMs);
  const isTotalOfDays = query.granularity === undefined && finestUnitMs(query) === DAY_MS;
  if (isTotalOfDays) return addThrough(ports, query, toMs, buckets);
  const range = {
    counter: counterOf(query.type, query.subject),
    ...(query.fromMs === undefined ? {} : { fromDay: dayOf(query.fromMs) }),
    toDay: dayOf(toMs - 1),
    consistency: FINAL,
  };
  for await (const total of ports.totals.readTotals(range)) {
    const status = total.isAdjusted ? 'adjusted' : 'sealed';
    for (const { hour, value, events } of total.hours) {
      const hourStartMs = dayStartMs(total.day) + hour * HOUR_MS;
      if (hourStartMs < (query.fromMs ?? hourStartMs) || hourStartMs >= toMs) continue;
      buckets.add(hourStartMs, { value, events }, status);
    }
  }
}

/** The total of whole sealed days: what was sealed through the last, without what was sealed before the first. */
async function addThrough(
  { totals }: QueryPorts,
  { type, subject, fromMs }: CounterQuery,
  toMs: number,
  buckets: Buckets,
): Promise<void> {
  const counter = counterOf(type, subject);
  const add = async (day: Day, sign: 1 | -1): Promise<void> => {
    const { value, events } = await totals.readThrough({ counter, day, consistency: FINAL });
    buckets.add(0, { value: sign * value, events: sign * events }, 'sealed');
  };
  await add(dayOf(toMs - 1), 1);
  if (fromMs !== undefined && fromMs > INSTANT_MS_MIN) await add(dayOf(fromMs - 1), -1);
}

/** Minutes of shards, from where the sealed totals end. */
async function addShards(
  ports: QueryPorts,
  query: CounterQuery,
  totalsEndMs: number | null,
  { buckets, sealedEndMs }: { buckets: Buckets; sealedEndMs: number | null },
): Promise<void> {
  const fromMs = Math.max(query.fromMs ?? Number.NEGATIVE_INFINITY, totalsEndMs ?? Number.NEGATIVE_INFINITY);
  const toMs = query.toMs ?? Number.POSITIVE_INFINITY;
  const range = {
    counter: counterOf(query.type, query.subject),
    ...(Number.isFinite(fromMs) ? { fromMs: floorTo(fromMs, HOUR_MS) } : {}),
    ...(Number.isFinite(toMs) ? { toMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS } : {}),
    consistency: sealedEndMs !== null && fromMs < sealedEndMs ? FINAL : query.consistency,
  };
  for await (const shard of ports.counters.readShards(range)) {
    const isSealed = sealedEndMs !== null && shard.hourStartMs < sealedEndMs;
    const status = shard.isAdjustment ? 'adjusted' : isSealed ? 'sealed' : 'live';
    for (const { minute, value, events } of shard.minutes) {
      const minuteStartMs = shard.hourStartMs + minute * MINUTE_MS;
      if (minuteStartMs >= fromMs && minuteStartMs < toMs)
        buckets.add(minuteStartMs, { value, events }, status);
    }
  }
}
