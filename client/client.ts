import { makeDeliver, type Deliver } from './deliver.js';
import { ClientError, UnsentError } from './errors.js';
import { makeEvent } from './event.js';
import { makeHttp, type Http } from './http.js';
import { EventQueue } from './queue.js';
import { readCounter, readHealth } from './read.js';
import { RETRY_DEFAULTS } from './retry.js';
import { makeRuntime } from './runtime.js';
import type {
  ClientOptions,
  ClientStats,
  CloudEvent,
  CounterQuery,
  CounterReply,
  CountOptions,
  Health,
  RejectedEvent,
  Runtime,
  SendResult,
  TallyClient,
} from './types.js';

/**
 * A client that loses nothing and counts nothing twice: an event's id and time are fixed when it is counted, what is
 * not acknowledged is sent again, and a full queue blocks or throws.
 *
 * @throws {ClientError} `options_invalid`
 */
export function createClient(options: ClientOptions): TallyClient {
  checkOptions(options);
  return new Client(options);
}

class Client implements TallyClient {
  readonly #source: string;
  readonly #runtime: Runtime;
  readonly #http: Http;
  readonly #deliver: Deliver;
  readonly #queue: EventQueue;
  readonly #stats = { sent: 0, rejected: 0, retried: 0 };
  /** Handed to `send`, not yet answered for. */
  #sendingCount = 0;
  #isClosed = false;

  public constructor(options: ClientOptions) {
    this.#source = options.source;
    this.#runtime = makeRuntime(options);
    this.#http = makeHttp({
      url: options.url,
      ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
      timeoutMs: options.timeoutMs ?? 30_000,
      retry: { ...RETRY_DEFAULTS, ...options.retry },
      runtime: this.#runtime,
      onRetry: () => void this.#stats.retried++,
    });
    this.#deliver = this.#counting(makeDeliver(this.#http));
    this.#queue = new EventQueue({
      flushAt: options.flushAt ?? 100,
      flushIntervalMs: options.flushIntervalMs ?? 1_000,
      maxQueue: options.maxQueue ?? 10_000,
      onOverflow: options.onOverflow ?? 'block',
      ...(options.waitUntil === undefined ? {} : { waitUntil: options.waitUntil }),
      deliver: this.#deliver,
      sleep: (ms, signal) => this.#runtime.sleep(ms, signal),
      onRejected: options.onRejected ?? warnOfRejected,
      onError: options.onError ?? warnOfError,
    });
  }

  public async count(type: string, options: CountOptions = {}): Promise<void> {
    if (this.#isClosed)
      throw new ClientError('client_closed', `count(${type}) after close(): create a new client`);
    // Serialised at once: what the caller does to `data` later, or a retry, cannot make another event of it.
    await this.#queue.push(JSON.stringify(makeEvent(type, this.#source, options, this.#runtime)));
  }

  public send(events: readonly CloudEvent[]): Promise<SendResult> {
    return this.sendLines(events.map((event) => JSON.stringify(event)));
  }

  public async sendLines(lines: readonly string[]): Promise<SendResult> {
    this.#sendingCount += lines.length;
    try {
      return await this.#deliver(lines);
    } finally {
      this.#sendingCount -= lines.length;
    }
  }

  public flush(): Promise<void> {
    return this.#queue.flush();
  }

  public async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#queue.close();
    } catch (error) {
      const unsent = this.#queue.unsent();
      throw unsent.length === 0 ? error : new UnsentError(unsent, { cause: error });
    }
  }

  public stats(): ClientStats {
    return { queued: this.#queue.length + this.#sendingCount, ...this.#stats };
  }

  public get(type: string, query: CounterQuery = {}): Promise<CounterReply> {
    return readCounter(this.#http, type, query);
  }

  public health(): Promise<Health> {
    return readHealth(this.#http);
  }

  public [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #counting(deliver: Deliver): Deliver {
    return async (lines) => {
      const result = await deliver(lines);
      this.#stats.sent += result.accepted;
      this.#stats.rejected += result.rejected.length;
      return result;
    };
  }
}

function checkOptions(options: ClientOptions): void {
  const { url, source, flushAt, flushIntervalMs, maxQueue, timeoutMs } = options;
  if (!URL.canParse(url)) throw invalid('url', url, 'an address such as http://127.0.0.1:8787');
  if (typeof source !== 'string' || source === '') throw invalid('source', source, 'a name for who sends');
  for (const [name, value] of Object.entries({ flushAt, maxQueue, timeoutMs, flushIntervalMs })) {
    const isWhole = value === undefined || (Number.isSafeInteger(value) && value >= 1);
    if (!isWhole) throw invalid(name, value, 'a whole number, 1 or more');
  }
}

const invalid = (name: string, got: unknown, accepted: string): ClientError =>
  new ClientError('options_invalid', `${name} is ${String(got)}; accepted: ${accepted}`);

const warnOfRejected = ({ event, code, message }: RejectedEvent): void =>
  console.warn(`tally: event ${event.id} was rejected: ${code}: ${message}`);

const warnOfError = (error: Error): void =>
  console.warn(`tally: events wait, will be sent again: ${error.message}`);
