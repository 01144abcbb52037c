/**
 * The one place that names the tables' keys and attributes and says how keys are written. Imported by the constructs, the
 * adapters and the tests, so none of them can disagree.
 *
 * Keys are joined with `#`, always around parts that hold none themselves, except a counter, which stands alone.
 */
import type { JournalName } from './journal.js';
import { HOUR_MS, formatInstant } from './time.js';

/** DynamoDB's time to live wants seconds; everything else here is milliseconds. It deletes late: readers compare it. */
export const EXPIRY_ATTRIBUTE = 'expiresAtSeconds';

/** One item per entry. Partition: one journal; sort: the entry's number, from 1. Below 0: filters of the entries up to there. */
export const JOURNAL_TABLE = {
  partitionKey: { name: 'journal', type: 'S' },
  sortKey: { name: 'number', type: 'N' },
  /** Binary: the admitted ids, 16 bytes each. */
  ids: 'ids',
  /** What the entry adds, one element per counter; the adapter owns the encoding. */
  increments: 'increments',
  eventCount: 'eventCount',
  /** Binary, of filters alone: the core owns the encoding (core/count/journal-filter.ts). */
  filter: 'filter',
  expiresAtSeconds: EXPIRY_ATTRIBUTE,
} as const;

/** One item per counter shard (counter, hour, lane), and one per adjusted counter and hour. Under 1 KB each. */
export const COUNTERS_TABLE = {
  partitionKey: { name: 'counter', type: 'S' },
  sortKey: { name: 'shard', type: 'S' },
  expiresAtSeconds: EXPIRY_ATTRIBUTE,
} as const;

/** One item per counter and sealed day, and one per type and day for its top subjects. Never expires. */
export const TOTALS_TABLE = {
  partitionKey: { name: 'counter', type: 'S' },
  sortKey: { name: 'day', type: 'S' },
  value: 'value',
  /** The day's value minus its events. Absent: zero. */
  valueMinusEvents: 'valueMinusEvents',
  /** Everything sealed of the counter up to the end of the day: value, and value minus events (absent: zero). */
  through: 'through',
  throughMinusEvents: 'throughMinusEvents',
  /** The number of the audit run that wrote the item. */
  runNumber: 'runNumber',
  isAdjusted: 'isAdjusted',
  /** Of a top list, `topPartition` and `topSort`: JSON text, `[subject, value, events]` for each subject in order. */
  subjects: 'subjects',
} as const;

/** What is known about days, and the few items that the whole system shares: told apart by `DAYS_KIND`. */
export const DAYS_TABLE = {
  partitionKey: { name: 'kind', type: 'S' },
  sortKey: { name: 'name', type: 'S' },
  /** Of a day: one of `DAY_STATE`. */
  state: 'state',
  /** Of a day: when its journals and shards may vanish. The day's own item stays. */
  expiresAtMs: 'expiresAtMs',
  /** Of a day: the number of its newest audit run. Absent: none began. */
  runNumber: 'runNumber',
  /** Of a day: a set, the runs that began to write totals. */
  totalsRunNumbers: 'totalsRunNumbers',
  /** Of a day: what the newest run that finished has to say, as JSON text. */
  report: 'report',
  /** Of an act: its digest, and its manifest's text. */
  digest: 'digest',
  manifest: 'manifest',
  /** Of `SEALED_THROUGH_NAME`: the newest day of the sealed run of days. */
  day: 'day',
  /** Of `countedName`: what came into the stream before this instant is counted. */
  countedThroughMs: 'countedThroughMs',
  /** Of `INGEST_OPEN_NAME`: when ingest was opened. */
  openedAtMs: 'openedAtMs',
} as const;

export const DAY_STATE = { open: 'open', sealed: 'sealed' } as const;

export const DAYS_KIND = {
  /** A day's state; the name is the day. */
  day: 'day',
  /** The settings that are data; one item, `SETTINGS_NAME`. */
  settings: 'settings',
  /** How far the stream's readers have come. */
  progress: 'progress',
  /** The chain of acts; the name is `actName`. */
  act: 'act',
} as const;

export const SETTINGS_NAME = 'current';

/** Attributes of the settings item: `Settings`, field by field. */
export const SETTINGS_ITEM = {
  formatVersion: 'formatVersion',
  laneCount: 'laneCount',
  sliceMs: 'sliceMs',
  /** JSON text. */
  lateness: 'lateness',
} as const;

/** Under `progress`: every day up to and including this one is sealed. */
export const SEALED_THROUGH_NAME = 'sealed-through';

/** Under `progress`: how far counting has come in a stripe. */
export const countedName = (stripe: number): string => `${COUNTED_PREFIX}${stripe}`;
export const COUNTED_PREFIX = 'counted#';

/** Under `progress`: exists once counting has passed the day's marker on the stripe. */
export const markerName = (day: string, stripe: number): string => `${markerPrefix(day)}${stripe}`;
export const markerPrefix = (day: string): string => `marker#${day}#`;

/** Under `progress`: exists once a heartbeat of every stripe came through the archive. Until then nothing is accepted. */
export const INGEST_OPEN_NAME = 'ingest-open';

/** All types share one partition, so that they list in UTF-8 order. A type is written once, and read by name. */
export const CATALOG_TABLE = {
  partitionKey: { name: 'kind', type: 'S' },
  sortKey: { name: 'type', type: 'S' },
  partition: 'type',
} as const;

/** One item per API key: a hash of its secret, its scopes, its source pattern. */
export const KEYS_TABLE = {
  partitionKey: { name: 'id', type: 'S' },
} as const;

const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** `m00` to `m59`: the value of a minute. Present, also as zero, for every minute that was ever touched. */
export const minuteValueAttribute = (minute: number): string => `m${twoDigits(minute)}`;

/** `x00` to `x59`: a minute's value minus its events, absent where that is zero. */
export const minuteValueMinusEventsAttribute = (minute: number): string => `x${twoDigits(minute)}`;

/** `lsn0` to `lsn11`: the newest entry applied to the shard, one per slice of its hour. */
export const lsnAttribute = (sliceOfHour: number): string => `lsn${sliceOfHour}`;

/** In Totals, `h00` to `h23`: the value of an hour. Present for every hour with events. */
export const hourValueAttribute = (hour: number): string => `h${twoDigits(hour)}`;

/** In Totals, `x00` to `x23`: an hour's value minus its events, absent where that is zero. */
export const hourValueMinusEventsAttribute = (hour: number): string => `x${twoDigits(hour)}`;

/** Beside the totals of counters, and never one of them: no type begins with `$`. */
export const topPartition = (type: string): string => `$top#${type}`;

/** A run's own, so that nobody reads one of a run that did not seal. */
export const topSort = (day: string, runNumber: number): string => `${day}#${runNumber}`;

/** `lane#slice`, the slice by its start: `7#2026-11-21T09:15`. */
export const journalPartition = ({ lane, sliceStartMs }: JournalName): string =>
  `${lane}#${formatInstant(sliceStartMs).slice(0, 16)}`;

/** `2026-11-21T09`. Also a bound of a query by hour: it sorts before every shard of its hour and after all earlier ones. */
export const hourName = (hourStartMs: number): string => formatInstant(hourStartMs).slice(0, 13);

/** `hour#lane`: `2026-11-21T09#7`. */
export const shardSort = (hourStartMs: number, lane: number): string => `${hourName(hourStartMs)}#${lane}`;

const ADJUSTMENT = 'audit';

/** `hour#audit`: the auditor is one more shard. */
export const adjustmentSort = (hourStartMs: number): string => `${hourName(hourStartMs)}#${ADJUSTMENT}`;

/** Reads what `shardSort` and `adjustmentSort` write. */
export function parseShardSort(sort: string): { hourStartMs: number; lane: number | null } {
  const [hour = '', shard = ''] = sort.split('#');
  const hourStartMs = Date.parse(`${hour}:00:00.000Z`);
  const lane = shard === ADJUSTMENT ? null : Number(shard);
  const isShard = hourStartMs % HOUR_MS === 0 && /^(\d+|audit)$/.test(shard);
  if (!isShard)
    throw new RangeError(`counter shard is ${JSON.stringify(sort)}; accepted: hour#lane or hour#audit`);
  return { hourStartMs, lane };
}

/** Sorts as it counts, for sequence numbers below 10^12. */
export const actName = (sequence: number): string => String(sequence).padStart(12, '0');
