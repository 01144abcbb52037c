/** The use case *ingest*: candidate events in, durable chunks in the stream, an answer for each event. */
import { makeFindTimeError } from './accept.js';
import { makeGiveReceipt } from './audit/give-receipt.js';
import type { ReceiptSink } from './audit/receipt.js';
import type { Compression } from './chunk.js';
import { makeWriteSheet } from './count/count-sheet.js';
import { StreamUnavailableError, type EventError, type EventErrorCode } from './errors.js';
import type { TallyEvent } from './event.js';
import { makeRequireOpen, type IngestGate } from './ingest-gate.js';
import { matchesSource } from './keys.js';
import { makeLaneOf, stripeOf } from './lane.js';
import { STORE_MS_MAX } from './limits.js';
import { makeChunks, type StampedChunk } from './make-chunks.js';
import { METRICS } from './metric-names.js';
import { parseEvent, type ParsedEvent } from './parse-event.js';
import type { Clock, Days, Metrics, StreamWriter } from './ports.js';
import type { RequestItem } from './request-item.js';
import { makeSealedThrough } from './sealed-through.js';
import type { Settings } from './settings.js';
import type { Day } from './time.js';

export interface IngestDeps {
  readonly stream: StreamWriter;
  readonly clock: Clock;
  readonly days: Pick<Days, 'sealedThrough'>;
  readonly settings: Settings;
  readonly metrics: Metrics;
  /** Absent: no receipts are kept, and the audit lacks its third witness. */
  readonly receipts?: ReceiptSink;
  /** Absent: always open. */
  readonly gate?: Pick<IngestGate, 'isOpen'>;
  /** A new id for each chunk, never the same twice, not even over a restart. */
  readonly makeChunkId: () => string;
  readonly stripeCount: number;
  /** The stream keeps sheets beside chunks: counting on this machine saves reading what was written. */
  readonly hasSheets?: boolean;
  /** @default gzip */
  readonly compression?: Compression;
}

export interface IngestOptions {
  /** Events must have a source that this matches. Absent: any source. */
  readonly allowedSourcePattern?: string;
}

/** An event that was not accepted. */
export interface RejectedEvent {
  /** Its place in the request, from 0. */
  readonly index: number;
  readonly id?: string;
  /** The first thing that is wrong with it. */
  readonly code: EventErrorCode;
  readonly message: string;
  /** All that is wrong with it, if it is more than one thing. */
  readonly errors?: readonly EventError[];
}

/** Accepted means durable in the stream. Duplicates are accepted: they are counted zero more times. */
export interface IngestOutcome {
  readonly accepted: number;
  readonly rejected: readonly RejectedEvent[];
}

/**
 * Accept what is good of a request, and say of the rest what is wrong.
 *
 * @throws {StreamUnavailableError} nothing of the request is promised; sending it again is safe.
 */
export type Ingest = (items: readonly RequestItem[], options?: IngestOptions) => Promise<IngestOutcome>;

export function makeIngest(deps: IngestDeps): Ingest {
  const { clock, metrics } = deps;
  const judge = makeJudge(deps);
  const sealedThrough = makeSealedThrough(deps.days, clock);
  const put = makePut(deps);
  const requireOpen = makeRequireOpen(deps.gate ?? { isOpen: () => Promise.resolve(true) });
  return async (items, options = {}) => {
    await orUnavailable(requireOpen(), metrics);
    const receivedAtMs = clock.nowMs();
    const moment = { receivedAtMs, sealedThrough: await orUnavailable(sealedThrough(), metrics) };
    // Not awaited here, where the items are: what waits for the disk must not hold on to them. See `makePut`.
    return store(judge(items, moment, options), receivedAtMs);
  };

  async function store({ events, rejected }: SortedEvents, receivedAtMs: number): Promise<IngestOutcome> {
    const accepted = events.length;
    const stored = accepted > 0 ? orUnavailable(put(events, receivedAtMs), metrics) : Promise.resolve();
    return stored.then(() => {
      report(metrics, accepted, rejected);
      return { accepted, rejected };
    });
  }
}

interface Moment {
  readonly receivedAtMs: number;
  readonly sealedThrough: Day | null;
}

interface SortedEvents {
  readonly events: readonly TallyEvent[];
  readonly rejected: readonly RejectedEvent[];
}

/** Sorts a request's events into good ones and rejected ones. */
function makeJudge({
  settings,
}: IngestDeps): (items: readonly RequestItem[], moment: Moment, options: IngestOptions) => SortedEvents {
  const findTimeError = makeFindTimeError(settings);
  return (items, moment, { allowedSourcePattern }) => {
    const events: TallyEvent[] = [];
    const rejected: RejectedEvent[] = [];
    for (let index = 0; index < items.length; index++) {
      const parsed = parsedOf(items[index] as RequestItem);
      if ('errors' in parsed) {
        rejected.push(rejection(index, parsed.errors, parsed.id));
        continue;
      }
      const { event } = parsed;
      const error =
        findSourceError(event.source, allowedSourcePattern) ?? findTimeError(event.timeMs, moment);
      if (error === undefined) events.push(event);
      else rejected.push(rejection(index, [error], event.id));
    }
    return { events, rejected };
  };
}

function parsedOf(item: RequestItem): ParsedEvent {
  if ('event' in item) return item;
  return 'error' in item ? { errors: [item.error] } : parseEvent(item.candidate);
}

function rejection(index: number, errors: readonly EventError[], id: string | undefined): RejectedEvent {
  const [first] = errors;
  if (first === undefined) throw new RangeError('an event is rejected for at least one error');
  return {
    index,
    ...(id === undefined ? {} : { id }),
    code: first.code,
    message: first.message,
    ...(errors.length === 1 ? {} : { errors }),
  };
}

function findSourceError(source: string, pattern: string | undefined): EventError | undefined {
  if (pattern === undefined || matchesSource(pattern, source)) return undefined;
  const message = `source is ${JSON.stringify(source)}; accepted with this key: ${JSON.stringify(pattern)}; use the key of that source`;
  return { code: 'source_not_allowed', message };
}

/**
 * Stores a request's events, all or nothing promised.
 *
 * The promise does not keep the events: an async function that waits keeps all it was called with, thousands of requests
 * may wait at once, and objects that outlive a collection of young ones cost most of all that collecting does.
 */
function makePut(deps: IngestDeps): (events: readonly TallyEvent[], receivedAtMs: number) => Promise<void> {
  const { makeChunkId, compression = 'gzip' } = deps;
  const { laneCount } = deps.settings;
  const putChunks = makePutChunks(deps);
  const sheets = deps.hasSheets === true ? { writeSheet: makeWriteSheet(makeChunkId) } : {};
  const byStripe = makeByStripe(laneCount, deps.stripeCount);
  return async (events, receivedAtMs) => {
    const chunks = [...byStripe(events)].flatMap(([stripe, eventsOfStripe]) =>
      makeChunks(eventsOfStripe, { stripe, receivedAtMs, makeChunkId, compression, ...sheets }),
    );
    return putChunks(chunks, receivedAtMs);
  };
}

function makePutChunks(
  deps: IngestDeps,
): (chunks: readonly StampedChunk[], receivedAtMs: number) => Promise<void> {
  const { stream, clock } = deps;
  const receipts = makeGiveReceipt(deps.receipts, deps.metrics);
  return async (chunks, receivedAtMs) => {
    try {
      await stream.put(chunks);
    } catch (error) {
      // Some may be in all the same: nobody can give a receipt for them.
      receipts.cannotGive(chunks);
      throw error;
    }
    await receipts.give(chunks);
    const tookMs = clock.nowMs() - receivedAtMs;
    // A day may close, and its audit may look, this long after the stamp. Later is too late to promise anything.
    if (tookMs > STORE_MS_MAX) {
      throw new StreamUnavailableError(`storing took ${tookMs} ms, more than ${STORE_MS_MAX}; send it again`);
    }
  };
}

type ByStripe = (events: readonly TallyEvent[]) => Iterable<[stripe: number, events: readonly TallyEvent[]]>;

function makeByStripe(laneCount: number, stripeCount: number): ByStripe {
  if (stripeCount === 1) return (events) => [[0, events]];
  const laneOf = makeLaneOf(laneCount);
  return (events) =>
    groupBy(events, ({ partitionKey }) => stripeOf(laneOf(partitionKey), laneCount, stripeCount));
}

function groupBy<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

function report(metrics: Metrics, accepted: number, rejected: readonly RejectedEvent[]): void {
  if (accepted > 0) metrics.add(METRICS.eventsAccepted, accepted);
  for (const [code, group] of groupBy(rejected, (rejection) => rejection.code)) {
    metrics.add(METRICS.eventsRejected, group.length, { code });
  }
}

/** Whatever a port rejects with means that the outcome is unknown, which is what the producer must be told. */
async function orUnavailable<T>(operation: Promise<T>, metrics: Metrics): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    metrics.add(METRICS.requestsUnavailable, 1);
    if (error instanceof StreamUnavailableError) throw error;
    throw new StreamUnavailableError('events could not be stored; send the request again', { cause: error });
  }
}
