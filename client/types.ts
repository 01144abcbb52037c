/** What a producer hands to the client and gets from it. No code here: the shapes alone. */

/** A CloudEvent as Tally takes it. `time` is part of its identity, so it is required. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string;
  readonly partitionkey?: string;
  readonly data?: unknown;
  readonly [attribute: string]: unknown;
}

/** What one call of `count` may say about its event. */
export interface CountOptions {
  /** Also counts `type/subject`. 1 to 256 bytes. */
  readonly subject?: string;
  /** What the event adds: an integer, -1,000,000 to 1,000,000. Default 1. */
  readonly by?: number;
  /** Two events with one id are one event. Default: 128 random bits. Give your own if you may call `count` twice. */
  readonly id?: string;
  /** When it happened: a `Date`, milliseconds since the epoch, or RFC 3339. Default: now. */
  readonly at?: Date | number | string;
  /** Spreads a very hot counter. Must follow from the id, so that a retry agrees. */
  readonly partitionKey?: string;
  /** Kept with the raw event, never interpreted. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An event that the server refused, and why. It is not sent again. */
export interface Rejection {
  /** The event's place among those handed over in one call, from 0. */
  readonly index: number;
  readonly id: string | null;
  /** Stable: docs/errors.md has a heading for each. */
  readonly code: string;
  readonly message: string;
}

/** The answer to `send`: every accepted event is stored durably. */
export interface SendResult {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

export interface RejectedEvent extends Rejection {
  readonly event: CloudEvent;
}

export interface ClientStats {
  /** Handed over, not yet acknowledged. */
  readonly queued: number;
  /** Acknowledged: stored durably. */
  readonly sent: number;
  readonly rejected: number;
  /** Requests that were sent again. */
  readonly retried: number;
}

export interface RetryOptions {
  /** Attempts after the first. @default 10 */
  readonly max?: number;
  /** The first delay is a random part of this. @default 500 */
  readonly delayMs?: number;
  /** No delay of our own grows beyond this; a server's Retry-After may. @default 30000 */
  readonly delayMsMax?: number;
}

/** What the client takes from the world. Tests bring their own. */
export interface Runtime {
  nowMs(): number;
  /** 0 <= n < 1. */
  random(): number;
  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  readonly fetch: typeof fetch;
}

export interface ClientOptions {
  /** Where Tally listens, for example `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly apiKey?: string;
  /** Who produces the events: 1 to 256 bytes. An event's identity is its source, id, type and subject. */
  readonly source: string;
  /** Send when so many events wait. @default 100 */
  readonly flushAt?: number;
  /** Send at the latest this long after `count`. @default 1000 */
  readonly flushIntervalMs?: number;
  /** So many events may wait for an acknowledgement. @default 10000 */
  readonly maxQueue?: number;
  /** A full queue: `block` makes `count` wait for room, `throw` makes it fail. Nothing is dropped. @default 'block' */
  readonly onOverflow?: 'block' | 'throw';
  readonly retry?: RetryOptions;
  /** One attempt may take this long. @default 30000 */
  readonly timeoutMs?: number;
  /** Serverless: is given a promise for each pile of events that is not acknowledged yet, to keep the sandbox awake. */
  readonly waitUntil?: (flushed: Promise<void>) => void;
  /** Called for each event of `count` that the server refused. @default a line on console.warn */
  readonly onRejected?: (rejected: RejectedEvent) => void;
  /** Called when sending in the background failed; the events stay queued and are tried again. @default console.warn */
  readonly onError?: (error: Error) => void;
  readonly fetch?: typeof fetch;
  /** For tests. */
  readonly runtime?: Partial<Runtime>;
}

export type Granularity = 'PT1M' | 'PT1H' | 'P1D';

export interface CounterQuery {
  readonly subject?: string;
  /** Half-open, RFC 3339. Absent: from the first event, to the last. */
  readonly from?: string;
  readonly to?: string;
  /** Absent: the total only. */
  readonly granularity?: Granularity;
  readonly consistency?: 'eventual' | 'strong';
}

export interface CounterRow {
  readonly from: string;
  readonly to: string;
  readonly value: number;
  readonly events: number;
  readonly status: 'live' | 'sealed' | 'adjusted';
}

export interface CounterReply {
  readonly type: string;
  readonly subject?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly granularity?: Granularity | null;
  /** The sum of the events' values, and their number. */
  readonly value: number;
  readonly events: number;
  readonly rows: readonly CounterRow[];
  /** Everything accepted before this instant is counted in it. */
  readonly asOf: string;
  readonly lagMs: number;
  /** The last day that is final, if any. */
  readonly sealedThrough: string | null;
}

export interface Health {
  readonly status: string;
  readonly asOf: string;
  readonly lagMs: number;
  /** What counting or archiving has still to pass. */
  readonly backlog: { readonly chunks: number; readonly bytes: number };
  readonly sealedThrough: string | null;
  readonly [more: string]: unknown;
}

export interface TallyClient {
  /**
   * Count one event. Resolves when it is queued (not when it is stored: that is `flush` and `close`).
   *
   * Id and time are fixed now, so however often it is resent, it is the same event.
   */
  count(type: string, options?: CountOptions): Promise<void>;
  /** Store ready CloudEvents now. Resolves when every accepted one is durable. Safe to repeat. */
  send(events: readonly CloudEvent[]): Promise<SendResult>;
  /** The same for events that are JSON text already, each on one line: they are sent as they are. */
  sendLines(lines: readonly string[]): Promise<SendResult>;
  /** Resolves when everything counted before this call is acknowledged; rejects when sending failed for good. */
  flush(): Promise<void>;
  /** Flush, and take no more. Rejects with an `UnsentError` that holds the events, if some could not be sent. */
  close(): Promise<void>;
  stats(): ClientStats;
  /** A counter's total and rows; pages are followed. */
  get(type: string, query?: CounterQuery): Promise<CounterReply>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
}
