import { ClientError } from './errors.js';
import { batchLength, type Deliver } from './deliver.js';
import type { ClientOptions, RejectedEvent, Runtime } from './types.js';
import type { CloudEvent, SendResult } from './types.js';

export type QueueOptions = Required<
  Pick<ClientOptions, 'flushAt' | 'flushIntervalMs' | 'maxQueue' | 'onOverflow'>
> &
  Pick<ClientOptions, 'waitUntil'> & {
    readonly deliver: Deliver;
    readonly sleep: Runtime['sleep'];
    onRejected(rejected: RejectedEvent): void;
    onError(error: Error): void;
  };

/** A line that found the queue full, and its caller, who waits for room. */
interface Blocked {
  readonly line: string;
  readonly queued: () => void;
}

/**
 * Events on their way, oldest first, one request at a time.
 *
 * A line leaves the queue only when the server has answered for it: what fails stays where it is, and is sent again.
 */
export class EventQueue {
  readonly #options: QueueOptions;
  readonly #lines: string[] = [];
  readonly #blocked: Blocked[] = [];
  /** Lines ever offered and ever answered for: a flush waits until the second reaches what the first was. */
  #offeredCount = 0;
  #settledCount = 0;
  #sending: Promise<void> | undefined;
  /** Set while a flush of everything is scheduled or under way; aborting it ends its wait. */
  #background: AbortController | undefined;
  /** After a failure only time starts another request, or a busy producer would hammer a server that refuses. */
  #isFailing = false;
  #isClosed = false;

  public constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Offered and not answered for. */
  public get length(): number {
    return this.#lines.length + this.#blocked.length;
  }

  /** Resolves when the line is in the queue. */
  public async push(line: string): Promise<void> {
    const isFull = this.#lines.length >= this.#options.maxQueue;
    if (isFull && this.#options.onOverflow === 'throw') {
      throw new ClientError(
        'queue_full',
        `${this.#lines.length} events wait, accepted are ${this.#options.maxQueue}: count this one again later, or await each count()`,
      );
    }
    this.#offeredCount++;
    const isQueued = isFull
      ? new Promise<void>((resolve) => this.#blocked.push({ line, queued: resolve }))
      : void this.#lines.push(line);
    this.#flushInBackground();
    await isQueued;
  }

  public async flush(): Promise<void> {
    const target = this.#offeredCount;
    while (this.#settledCount < target) await this.#sendNext();
  }

  /** No more will come: nothing is sent in the background from here on. */
  public async close(): Promise<void> {
    this.#isClosed = true;
    this.#background?.abort();
    await this.flush();
  }

  /** Everything not answered for, as it was offered. Callers that still wait for room go free: it is in here. */
  public unsent(): CloudEvent[] {
    for (const { line, queued } of this.#blocked.splice(0)) {
      this.#lines.push(line);
      queued();
    }
    return this.#lines.map((line) => JSON.parse(line) as CloudEvent);
  }

  /** Callers share the request that is under way. */
  #sendNext(): Promise<void> {
    this.#sending ??= this.#sendBatch().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#lines.slice(0, batchLength(this.#lines));
    const result = await this.#options.deliver(batch);
    this.#isFailing = false;
    this.#lines.splice(0, batch.length);
    this.#settledCount += batch.length;
    this.#letBlockedIn();
    if (this.length === 0) this.#background?.abort();
    this.#reportRejected(batch, result);
  }

  #letBlockedIn(): void {
    const room = this.#options.maxQueue - this.#lines.length;
    for (const { line, queued } of this.#blocked.splice(0, room)) {
      this.#lines.push(line);
      queued();
    }
  }

  #reportRejected(batch: readonly string[], { rejected }: SendResult): void {
    for (const rejection of rejected) {
      const event = JSON.parse(batch[rejection.index] ?? 'null') as CloudEvent;
      this.#options.onRejected({ ...rejection, event });
    }
  }

  /** Flush when enough wait, or after the interval; one such flush at a time. */
  #flushInBackground(): void {
    const isEnough = this.#lines.length >= this.#options.flushAt && !this.#isFailing;
    if (this.#background === undefined) {
      this.#background = new AbortController();
      const flushed = this.#flushAfterInterval(this.#background.signal);
      this.#options.waitUntil?.(flushed);
    }
    if (isEnough) this.#background.abort();
  }

  /** Never rejects: failures go to `onError`, and what failed is tried again after another interval. */
  async #flushAfterInterval(signal: AbortSignal): Promise<void> {
    // The timer keeps a Node process alive on purpose: exiting now would lose what waits.
    await this.#options.sleep(this.#options.flushIntervalMs, signal);
    try {
      await this.flush();
    } catch (error) {
      this.#isFailing = true;
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
    }
    this.#background = undefined;
    if (this.length > 0 && !this.#isClosed) this.#flushInBackground();
  }
}
