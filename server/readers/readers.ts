import type { LmdbStream } from '../../adapters/embedded/lmdb-stream.js';
import { TallyError } from '../../core/errors.js';
import type { Metrics, StreamReaderName } from '../../core/ports.js';
import { SECOND_MS } from '../../core/time.js';
import { logError } from '../log.js';
import type { ProgressReport, ReaderWorkerData } from './messages.js';
import { ReaderHost } from './reader-host.js';

/** How long the readers may take for what was acknowledged once the server is to stop. The rest keeps: it is stored. */
const DRAIN_MS_MAX = 60 * SECOND_MS;

/** The stream's two readers, counting and archive, each in its thread. */
export class Readers {
  readonly #hosts: Readonly<Record<StreamReaderName, ReaderHost>>;
  readonly #positions: Record<StreamReaderName, number> = { count: 0, archive: 0 };
  #trimming: Promise<unknown> = Promise.resolve();

  public constructor(
    workerData: Omit<ReaderWorkerData, 'entryUrl'>,
    private readonly stream: LmdbStream,
    private readonly metrics: Metrics,
  ) {
    const makeHost = (name: StreamReaderName): ReaderHost =>
      new ReaderHost({
        name,
        workerData,
        onProgress: (report) => {
          this.#onProgress(name, report);
        },
        onFailure: (error, restartInMs) => {
          logError(`the ${name} thread failed and starts again in ${restartInMs} ms; nothing is lost`, error);
        },
      });
    this.#hosts = { count: makeHost('count'), archive: makeHost('archive') };
  }

  public start(): void {
    for (const host of Object.values(this.#hosts)) host.start();
  }

  /** The stream's head moved. */
  public notify(): void {
    for (const host of Object.values(this.#hosts)) host.notify();
  }

  public isFailing(name: StreamReaderName): boolean {
    return this.#hosts[name].isFailing;
  }

  /**
   * Let both readers finish what is in the stream, then end them.
   *
   * @throws {TallyError} `drain_incomplete`: a reader fails or is too slow. What it left is read at the next start.
   */
  public async stop(): Promise<void> {
    const hosts = Object.values(this.#hosts);
    const isDrained = await isSettledWithin(Promise.all(hosts.map((host) => host.stop())), DRAIN_MS_MAX);
    if (!isDrained) await Promise.all(hosts.map((host) => host.kill()));
    await this.#trimming;
    if (!isDrained) {
      throw new TallyError(
        'drain_incomplete',
        `counting or archiving did not finish within ${DRAIN_MS_MAX / SECOND_MS} s; what was acknowledged is ` +
          'stored, and is counted when the server starts again',
      );
    }
  }

  #onProgress(name: StreamReaderName, { position, metrics }: ProgressReport): void {
    for (const { name: metric, by, labels } of metrics) this.metrics.add(metric, by, labels);
    const hasMoved = position > this.#positions[name];
    this.#positions[name] = position;
    // The archive trims when it finishes a file. If counting is the slower one, what it passes is left for us.
    const isSlower = name === 'count' && position <= this.#positions.archive;
    if (hasMoved && isSlower) this.#trim();
  }

  #trim(): void {
    this.#trimming = this.#trimming
      .then(() => this.stream.trim())
      .catch((error: unknown) => {
        logError('the stream could not be trimmed; it is tried again', error);
      });
  }
}

function isSettledWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, timeoutMs);
    work.then(
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
