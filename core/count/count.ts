/** The use case *count*: chunks from the stream in, every event of them in the counters exactly once. */
import { lineText, readArchiveLines } from '../archive-line.js';
import { isControlType } from '../audit/marker.js';
import type { MarkerLog } from '../audit/ports.js';
import { decodeChunk } from '../chunk.js';
import type { ArchivedEvent } from '../event.js';
import { forEachSettled } from '../for-each-settled.js';
import { journalNameText } from '../journal.js';
import { makeLaneOf } from '../lane.js';
import { METRICS } from '../metric-names.js';
import type {
  Catalog,
  Clock,
  CounterShards,
  Days,
  JournalFilters,
  JournalStore,
  Metrics,
  RejectedLine,
  RejectedSink,
  RejectionReason,
} from '../ports.js';
import { ScannedLine } from '../scanned-line.js';
import type { Settings } from '../settings.js';
import { DAY_MS, MINUTE_MS, SLICE_MS, floorTo } from '../time.js';
import { Batch } from './batch.js';
import { commitGroup, type CommitReport } from './commit-group.js';
import { makeReadSheet, type CountSheet } from './count-sheet.js';
import { DayBook } from './day-book.js';
import { JournalCache } from './journal-cache.js';
import type { JournalGroup } from './journal-group.js';
import { LineColumns } from './line-columns.js';
import { KeyedMutex } from './keyed-mutex.js';

export interface CountPorts {
  readonly journals: JournalStore;
  /** Absent: late events read whole journals. */
  readonly filters?: JournalFilters;
  readonly shards: CounterShards;
  /** Applies what is most likely applied already: the newest entry of a journal that a late event belongs to. Absent: `shards` does. */
  readonly settledShards?: CounterShards;
  readonly days: Days;
  readonly catalog: Pick<Catalog, 'register'>;
  readonly rejected: RejectedSink;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where it is recorded that counting has passed a marker. Absent: no day can be sealed by what this worker counts. */
  readonly markers?: MarkerLog;
}

export interface CountOptions {
  readonly settings: Settings;
  /** How long the stream keeps a chunk: part of how long a day's items are kept. */
  readonly streamRetentionMs: number;
  /** How many journals are committed side by side. */
  readonly journalConcurrency: number;
  /** Events gathered before they are committed: bounds memory, and makes entries full. */
  readonly commitEventCountMax: number;
  /** Memory for the ids of journals, kept from batch to batch. */
  readonly cacheBytesMax: number;
}

/** Registering a type again changes nothing: this memory only saves the call. */
const REMEMBERED_TYPES_MAX = 100_000;

/** From its start: a slice's own events have come by then, but for late ones. */
const SLICE_OVER_AFTER_MS = 3 * SLICE_MS;

/** A chunk as it comes from a stream. */
export interface StreamedChunk {
  readonly bytes: Uint8Array;
  /** What ingest has worked out of it: see `count-sheet.ts`. */
  readonly sheet?: Uint8Array | undefined;
}

/**
 * Counts chunks. One per worker, for its whole life: it keeps what it learned of journals from call to call.
 *
 * Calls may overlap, and any call may fail half-way: the protocol holds all the same. After a failure the same chunks
 * are given again, to this worker or to another one.
 */
export class Counting {
  readonly #cache: JournalCache;
  readonly #mutex = new KeyedMutex();
  readonly #dayBook: DayBook;
  readonly #laneOf: (partitionKey: string) => number;
  readonly #readSheet: (bytes: Uint8Array) => CountSheet | undefined;
  readonly #registeredTypes = new Set<string>();
  /** Lines of the chunk that is being read. Reading one never waits, so one is enough for all calls. */
  readonly #columns = new LineColumns();

  public constructor(
    private readonly ports: CountPorts,
    private readonly options: CountOptions,
  ) {
    this.#cache = new JournalCache(options.cacheBytesMax);
    this.#dayBook = new DayBook(ports.days, ports.clock, options.settings, options.streamRetentionMs);
    this.#laneOf = makeLaneOf(options.settings.laneCount);
    this.#readSheet = makeReadSheet();
  }

  /**
   * Count chunks in order. Inflates one at a time, and commits whenever enough events are gathered.
   *
   * @param mustStop asked after each chunk; true: commit what is gathered and leave the rest.
   * @returns how many chunks, from the first, are completely counted. The rest was not begun.
   * @throws what failed in the store. Nothing is lost and nothing doubled if all chunks are given again.
   */
  public async count(
    chunks: readonly StreamedChunk[],
    mustStop: () => boolean = () => false,
  ): Promise<number> {
    this.#dayBook.refresh();
    let batch = new Batch();
    for (const [index, chunk] of chunks.entries()) {
      await this.#gather(chunk, batch);
      const isStopping = mustStop();
      const isLast = isStopping || index === chunks.length - 1;
      if (!isLast && batch.eventCount < this.options.commitEventCountMax) continue;
      await this.#commit(batch);
      if (isLast) return index + 1;
      batch = new Batch();
    }
    return chunks.length;
  }

  /** Sort a chunk's lines: events of open days into the batch, everything else to the rejected lines. */
  async #gather(chunk: StreamedChunk, batch: Batch): Promise<void> {
    if (await this.#gatherSheet(chunk, batch)) return;
    const decoded = decodeChunk(chunk.bytes);
    if ('problem' in decoded) {
      batch.rejected.push(
        this.#rejected('chunk_unreadable', decoded.problem, Buffer.from(chunk.bytes).toString('base64')),
      );
      return;
    }
    const { lines } = decoded;
    const ofUnknownDays: { event: ArchivedEvent; start: number; end: number }[] = [];
    const sort = (event: ArchivedEvent, start: number, end: number): void => {
      const refusal = this.#sort(event, batch);
      if (refusal === undefined)
        ofUnknownDays.push({ event: event instanceof ScannedLine ? event.copy() : event, start, end });
      else if (refusal !== null)
        batch.rejected.push(this.#rejected('day_refused', refusal, lineText(lines, start, end)));
    };
    this.#columns.begin(lines);
    readArchiveLines(lines, {
      onEvent: sort,
      onBadLine: ({ line, message }) => batch.rejected.push(this.#rejected('line_unreadable', message, line)),
    });
    batch.takeLines(this.#columns, this.#laneOf);
    for (const { event, start, end } of ofUnknownDays) {
      if (this.#dayBook.known(event.timeMs) === undefined) await this.#dayBook.load(event.timeMs);
      sort(event, start, end);
    }
  }

  /** Take a chunk's events from its sheet. False: it has none to go by, or a day of it takes no events: read its lines. */
  async #gatherSheet(chunk: StreamedChunk, batch: Batch): Promise<boolean> {
    const bytes = chunk.sheet;
    const sheet = bytes === undefined ? undefined : this.#readSheet(bytes);
    if (sheet === undefined) return false;
    for (const timeMs of daysOf(sheet)) {
      const { refusal } = this.#dayBook.known(timeMs) ?? (await this.#dayBook.load(timeMs));
      if (refusal !== null) return false;
    }
    batch.addSheet(sheet, this.#laneOf);
    return true;
  }

  /** Why the event is not to be counted; `null`: it is in the batch, or will be. `undefined`: its day is not known yet. */
  #sort(event: ArchivedEvent, batch: Batch): string | null | undefined {
    const isScanned = event instanceof ScannedLine;
    if (!isScanned && isControlType(event.type)) {
      batch.addControl(event);
      return null;
    }
    const refusal = this.#dayBook.refusalOf(event.timeMs);
    if (refusal !== null) return refusal;
    const isTurn = !isScanned || this.#columns.add(event);
    // Of two events with one identity the first to arrive is counted, also if only one of them was scanned.
    if (isTurn) batch.takeLines(this.#columns, this.#laneOf);
    if (!isScanned) batch.add(event, this.#laneOf(event.partitionKey));
    return null;
  }

  #rejected(reason: RejectionReason, message: string, line: string): RejectedLine {
    return { reason, message, line, rejectedAtMs: this.ports.clock.nowMs() };
  }

  async #commit(batch: Batch): Promise<void> {
    const { rejected, metrics } = this.ports;
    if (batch.rejected.length > 0) {
      await rejected.put(batch.rejected);
      for (const { reason } of batch.rejected) metrics.add(METRICS.linesRejected, 1, { reason });
    }
    await this.#register(batch.types);
    try {
      await forEachSettled(batch.groups(), this.options.journalConcurrency, (group) =>
        this.#commitGroup(group),
      );
    } finally {
      this.#cache.shrink();
    }
    // Only now is everything before the markers counted.
    if (batch.markers.length > 0) await this.ports.markers?.markersPassed(batch.markers);
  }

  /** A type is in the catalog before its first event is counted: whatever is counted can be found. */
  async #register(types: ReadonlySet<string>): Promise<void> {
    const newTypes = [...types].filter((type) => !this.#registeredTypes.has(type));
    if (newTypes.length === 0) return;
    await this.ports.catalog.register(newTypes, this.ports.clock.nowMs());
    if (this.#registeredTypes.size > REMEMBERED_TYPES_MAX) this.#registeredTypes.clear();
    for (const type of newTypes) this.#registeredTypes.add(type);
  }

  async #commitGroup(group: JournalGroup): Promise<void> {
    const { expiresAtMs } =
      this.#dayBook.known(group.journal.sliceStartMs) ??
      (await this.#dayBook.load(group.journal.sliceStartMs));
    const isSliceOver = this.ports.clock.nowMs() >= group.journal.sliceStartMs + SLICE_OVER_AFTER_MS;
    const commit = { group, expiresAtMs, isSliceOver };
    const report = await this.#mutex.run(journalNameText(group.journal), () =>
      commitGroup(this.ports, { ...commit, knowledge: this.#cache.get(group.journal) }),
    );
    this.#measure(report);
  }

  #measure(report: CommitReport): void {
    const { metrics } = this.ports;
    metrics.add(METRICS.eventsCounted, report.countedCount);
    metrics.add(METRICS.eventsDuplicate, report.duplicateCount);
    metrics.add(METRICS.entriesAppended, report.appendedCount);
    if (report.conflictCount > 0) metrics.add(METRICS.journalConflicts, report.conflictCount);
    if (report.settledForOthersCount > 0)
      metrics.add(METRICS.entriesSettledForOthers, report.settledForOthersCount);
  }
}

/** An instant of each day that events of the sheet are of. */
function daysOf({ minutes }: CountSheet): number[] {
  const instants: number[] = [];
  let [dayStart, dayEnd] = [Number.NaN, Number.NaN];
  for (let index = 0; index < minutes.length; index++) {
    const minute = minutes[index] as number;
    if (minute >= dayStart && minute < dayEnd) continue;
    dayStart = floorTo(minute, MINUTES_OF_DAY);
    dayEnd = dayStart + MINUTES_OF_DAY;
    instants.push(minute * MINUTE_MS);
  }
  return instants;
}

const MINUTES_OF_DAY = DAY_MS / MINUTE_MS;
