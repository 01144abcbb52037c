import { Worker } from 'node:worker_threads';
import type { StreamReaderName } from '../../core/ports.js';
import { SECOND_MS } from '../../core/time.js';
import type { MessageToReader, ProgressReport, ReaderWorkerData } from './messages.js';

export interface ReaderHostOptions {
  readonly name: StreamReaderName;
  readonly workerData: Omit<ReaderWorkerData, 'entryUrl'>;
  readonly onProgress: (report: ProgressReport) => void;
  readonly onFailure: (error: unknown, restartInMs: number) => void;
}

/** What a batch leaves behind is short-lived: more room for it would be held and save nothing. */
const YOUNG_MB_MAX = 16;

const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 30 * SECOND_MS;

/**
 * Keeps one of the stream's readers running in a thread of its own.
 *
 * A thread that fails is replaced, after a pause that doubles with each failure in a row. Nothing is lost by that: the
 * position is committed last, so the next thread does again whatever the failed one may have done by halves.
 */
export class ReaderHost {
  #worker: Worker | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  /** Failures since the reader last got through something. */
  #failureCount = 0;
  /** It was told that there is something new, and has not reported since. */
  #isTold = false;
  #mustTellAgain = false;
  #isStopping = false;
  #isKilled = false;
  #onStopped: () => void = () => undefined;

  public constructor(private readonly options: ReaderHostOptions) {}

  public get isFailing(): boolean {
    return this.#failureCount > 0;
  }

  public start(): void {
    this.#restartTimer = undefined;
    const entryUrl = new URL(`./${this.options.name}-worker.ts`, import.meta.url).href;
    const worker = new Worker(new URL('./worker-boot.mjs', import.meta.url), {
      workerData: { ...this.options.workerData, entryUrl } satisfies ReaderWorkerData,
      // The boot file brings TypeScript; what the main thread was started with would bring it twice.
      execArgv: [],
      name: `tally-${this.options.name}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
    });
    this.#worker = worker;
    // A new thread begins by reading what there is.
    this.#isTold = this.#mustTellAgain = false;
    let failure: unknown = new Error(`the ${this.options.name} thread ended by itself`);
    worker.on('message', (report: ProgressReport) => {
      this.#failureCount = 0;
      this.options.onProgress(report);
      this.#isTold = false;
      if (this.#mustTellAgain) this.notify();
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', (exitCode) => {
      this.#onExit(exitCode, failure);
    });
    if (this.#isStopping) this.#post('stop');
  }

  /** Tell the reader that the stream has something new. Once for each report of it: it may hear of hundreds of requests at once. */
  public notify(): void {
    this.#mustTellAgain = this.#isTold;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#post('headMoved');
  }

  /** Let the reader read what there is, then end. Resolves when it has, however often it fails on the way. */
  public async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve;
    });
    this.#isStopping = true;
    if (this.#restartTimer === undefined) {
      this.#post('stop');
    } else {
      clearTimeout(this.#restartTimer);
      this.start();
    }
    await stopped;
  }

  /** End the thread wherever it is. What it has not committed is read again at the next start. */
  public async kill(): Promise<void> {
    this.#isKilled = true;
    clearTimeout(this.#restartTimer);
    await this.#worker?.terminate();
  }

  #post(message: MessageToReader): void {
    this.#worker?.postMessage(message);
  }

  #onExit(exitCode: number, failure: unknown): void {
    this.#worker = undefined;
    if (this.#isKilled) return;
    if (this.#isStopping && exitCode === 0) {
      this.#onStopped();
      return;
    }
    const pauseMs = Math.min(RESTART_MS_MIN * 2 ** this.#failureCount, RESTART_MS_MAX);
    this.#failureCount++;
    this.options.onFailure(failure, pauseMs);
    this.#restartTimer = setTimeout(() => {
      this.start();
    }, pauseMs);
  }
}
