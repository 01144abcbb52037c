/**
 * What the core needs from an engine. Each engine (`adapters/`) implements every port; one contract suite per port
 * (`test/contract/`) is run over each implementation.
 *
 * A rejected promise always means "the infrastructure failed, the outcome may be unknown": callers retry, every
 * operation here is safe to repeat.
 */
import type { CatalogEntry, CatalogMetadata } from './catalog.js';
import type { KeyRecord } from './keys.js';
import type { Entry, Increment, JournalName, NumberedEntry } from './journal.js';
import type { MetricName } from './metric-names.js';
import type { Settings } from './settings.js';
import type { Day } from './time.js';

export interface Clock {
  /** Integer milliseconds since the epoch, UTC. Never goes back, not even over a restart. */
  nowMs(): number;
}

/** A compressed run of archive lines of one stripe, on its way into the stream. */
export interface Chunk {
  readonly chunkId: string;
  readonly stripe: number;
  readonly receivedAtMs: number;
  readonly bytes: Uint8Array;
  readonly eventCount: number;
  /** The sum of its events' values. */
  readonly valueSum: number;
  /** What counting needs of its events (`count/count-sheet.ts`). Absent: counting reads the lines. A stream may drop it. */
  readonly sheet?: Uint8Array | undefined;
}

export interface StreamWriter {
  /**
   * Put chunks into the stream. Resolves when *all* are durable.
   *
   * @throws {StreamUnavailableError} nothing is promised: some may be in. The producer resends the whole request.
   */
  put(chunks: readonly Chunk[]): Promise<void>;
}

/** A chunk in its place in an engine's own stream: 1, 2, 3… without gaps. */
export interface StreamRecord {
  readonly sequence: number;
  readonly chunk: Chunk;
}

/** Each reader has a position of its own; an entry may go once every reader has passed it. */
export const STREAM_READERS = ['count', 'archive'] as const;
export type StreamReaderName = (typeof STREAM_READERS)[number];

/** The reading side of a stream that an engine keeps itself. (On AWS, Kinesis and Lambda play this part.) */
export interface StreamReader {
  /**
   * What follows `sequence`, in order: up to `bytesMax` of chunks, but at least one if there is any. Sheets come only to who
   * asks for them.
   *
   * @throws {TallyError} `stream_gap`: entries asked for were trimmed already.
   */
  readAfter(sequence: number, limits: { bytesMax: number; withSheets?: boolean }): Promise<StreamRecord[]>;
  /** The sequence number of the newest entry ever put; 0: none was. Trimming does not change it. */
  head(): Promise<number>;
  /** The last sequence number that a reader has committed; 0: none. */
  position(reader: StreamReaderName): Promise<number>;
  /** Commit a reader's position, durably. Never moves it back. */
  commitPosition(reader: StreamReaderName, sequence: number): Promise<void>;
}

/** What keeps an engine's own stream from growing without bound. */
export interface StreamUpkeep {
  /** Remove the entries that all readers have passed. Answers how many. */
  trim(): Promise<number>;
  /** The bytes of chunks put but not passed by a reader. Cheap: may be asked on every request. */
  backlogBytes(reader: StreamReaderName): Promise<number>;
}

export type AppendOutcome = 'appended' | 'exists';

export interface JournalStore {
  /** The entries numbered above `afterNumber`, in order, strongly consistent. Never filtered by expiry. */
  readAfter(journal: JournalName, afterNumber: number): Promise<NumberedEntry[]>;
  /** One entry, strongly consistent. `null`: there is none of that number. */
  find(journal: JournalName, number: number): Promise<NumberedEntry | null>;
  /** Append entry `number` if no entry of that number exists. */
  append(journal: JournalName, number: number, entry: Entry, expiresAtMs: number): Promise<AppendOutcome>;
}

/** A filter of the ids of a journal's entries up to `through`. The core owns the encoding (core/count/journal-filter.ts). */
export interface StoredFilter {
  readonly through: number;
  readonly bytes: Uint8Array;
}

/** Optional: filters save reads, and nothing else. */
export interface JournalFilters {
  /** Any filter of the journal, best the one that covers most. Eventually consistent: an old filter is a true one. */
  readFilter(journal: JournalName): Promise<StoredFilter | null>;
  /** Keep a filter. One of the same `through` stays as it is: filters never change. */
  putFilter(journal: JournalName, filter: StoredFilter, expiresAtMs: number): Promise<void>;
}

export interface CounterShards {
  /**
   * Apply an entry's increments to the counter shards of its lane and hour: each is added if its shard's `lsn` for the
   * slice is below `number`, which it then becomes. Resolves when every increment is applied, by this call or before.
   */
  apply(
    journal: JournalName,
    number: number,
    increments: readonly Increment[],
    expiresAtMs: number,
  ): Promise<void>;
}

export type Consistency = 'eventual' | 'strong';

/** One shard of a counter's hour, or an audit's adjustment of it. */
export interface ShardHour {
  readonly hourStartMs: number;
  /** True: written by the audit, not by a lane. */
  readonly isAdjustment: boolean;
  /** Minutes that were ever touched, in order. */
  readonly minutes: readonly { readonly minute: number; readonly value: number; readonly events: number }[];
}

export interface CounterRange {
  readonly counter: string;
  /** Half-open; whole hours. Absent: from the first, to the last. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly consistency: Consistency;
}

export interface CounterReader {
  /** Every shard of a counter whose hour lies in the range, by hour. Expired shards are left out. */
  readShards(range: CounterRange): AsyncIterable<ShardHour>;
}

/** A sealed day of one counter. */
export interface DayTotal {
  readonly day: Day;
  readonly value: number;
  readonly events: number;
  /** Hours with events, in order: 0 to 23. */
  readonly hours: readonly { readonly hour: number; readonly value: number; readonly events: number }[];
  readonly isAdjusted: boolean;
}

/** A value and the number of events behind it. */
export interface CounterSum {
  readonly value: number;
  readonly events: number;
}

export interface TotalsReader {
  /** The sealed days of a counter, in order. Bounds are inclusive days; absent: from the first, to the last. */
  readTotals(range: {
    counter: string;
    fromDay?: Day;
    toDay?: Day;
    consistency: Consistency;
  }): AsyncIterable<DayTotal>;
  /** Everything sealed of the counter up to the end of a day: one short read, however long the history. */
  readThrough(range: { counter: string; day: Day; consistency: Consistency }): Promise<CounterSum>;
}

export interface DayRecord {
  readonly day: Day;
  readonly isSealed: boolean;
  /** When the day's journals and shards may vanish. Fixed when the day is first seen. */
  readonly expiresAtMs: number;
}

export interface Days {
  /** The day's record; a day never seen before becomes open, with the given expiry. */
  open(day: Day, expiresAtMs: number): Promise<DayRecord>;
  /** `null`: no event of the day was ever counted. */
  find(day: Day): Promise<DayRecord | null>;
  /** Every day up to and including this one is sealed; `null`: none is. */
  sealedThrough(): Promise<Day | null>;
}

export interface SettingsStore {
  read(): Promise<Settings | null>;
  /** Write the settings if there are none. False: there are some already. */
  create(settings: Settings): Promise<boolean>;
  /** Replace the settings if they still equal `expected`. False: somebody else replaced them. */
  replace(expected: Settings, next: Settings): Promise<boolean>;
}

export interface Catalog {
  /** Make types known. A type that is known already keeps its record. */
  register(types: readonly string[], firstSeenAtMs: number): Promise<void>;
  find(type: string): Promise<CatalogEntry | null>;
  /** Types after `after` in UTF-8 order, at most `limit`. */
  list(page: { after: string | null; limit: number }): Promise<CatalogEntry[]>;
  /** Describe a type; an unknown one becomes known. */
  describe(type: string, metadata: CatalogMetadata, nowMs: number): Promise<CatalogEntry>;
}

export interface KeyStore {
  find(id: string): Promise<KeyRecord | null>;
  /** False: the id is taken. */
  create(key: KeyRecord): Promise<boolean>;
  list(): Promise<KeyRecord[]>;
  /** False: no such key. Revoking twice keeps the first instant. */
  revoke(id: string, revokedAtMs: number): Promise<boolean>;
}

/** A chunk that is no chunk, a line that is no event, an event whose day takes none any more. */
export const REJECTION_REASONS = ['chunk_unreadable', 'line_unreadable', 'day_refused'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Something that counting could not count, kept with its reason. */
export interface RejectedLine {
  readonly reason: RejectionReason;
  readonly message: string;
  readonly rejectedAtMs: number;
  /** The line as it was, or base64 of a chunk that could not be read. */
  readonly line: string;
}

export interface RejectedSink {
  /** Keep lines, durably. A redelivered batch may bring the same ones again. */
  put(lines: readonly RejectedLine[]): Promise<void>;
}

export interface Metrics {
  add(name: MetricName, by: number, labels?: Readonly<Record<string, string>>): void;
}

export interface Freshness {
  /** Everything accepted before this instant is in the counters. */
  countedThroughMs(): Promise<number>;
}
