import type { ReceiptSink } from '../../core/audit/receipt.js';
import type { Compression } from '../../core/chunk.js';
import { makeIngest, type Ingest, type IngestOutcome } from '../../core/ingest.js';
import type { Chunk, Days, Metrics, StreamWriter } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import { HAS_ZSTD } from '../../core/zstd.js';
import type { Faults } from './faults.js';
import { Process } from './process.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { ClientEvent } from './workload.js';

export interface IngestNodeDeps {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
  readonly isNearClose: () => boolean;
  readonly settings: Settings;
  readonly stripeCount: number;
  readonly clockOffsetMs: number;
  readonly epochMs: number;
  readonly metrics: Metrics;
  readonly makeStream: (process: Process) => StreamWriter;
  readonly makeReceipts: (process: Process) => ReceiptSink;
  readonly makeDays: (process: Process) => Pick<Days, 'sealedThrough'>;
}

/** Half of the nodes write zstd, where there is one: a stream may hold chunks of both kinds. */
const compressionOf = (nodeName: string): Compression =>
  HAS_ZSTD && nodeName.charCodeAt(nodeName.length - 1) % 2 === 0 ? 'zstd' : 'gzip';

/** What a client gets back. Absent: the connection broke. */
export type Reply = IngestOutcome | { readonly failure: string };

/** One process of the ingest code. Several requests run in it at the same time. */
export class IngestNode {
  public readonly process: Process;
  readonly #ingest: Ingest;
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<(reply: Reply) => void>();

  public constructor(name: string, deps: IngestNodeDeps) {
    this.#scheduler = deps.scheduler;
    this.process = new Process(name, () => deps.scheduler.wake());
    let chunkCount = 0;
    this.#ingest = makeIngest({
      stream: withoutSomeSheets(this.#sometimesLate(deps.makeStream(this.process), deps)),
      days: deps.makeDays(this.process),
      receipts: deps.makeReceipts(this.process),
      clock: { nowMs: () => deps.epochMs + deps.scheduler.nowMs + deps.clockOffsetMs },
      settings: deps.settings,
      metrics: deps.metrics,
      makeChunkId: () => `${name}.${++chunkCount}`,
      stripeCount: deps.stripeCount,
      hasSheets: true,
      compression: compressionOf(name),
    });
    this.process.onStop = () => {
      // Timed out is as good as dead: what it left behind would only repeat a request that its client sends again.
      this.process.die();
      for (const reply of this.#waiting) reply({ failure: 'connection lost' });
      this.#waiting.clear();
    };
  }

  #sometimesLate(
    stream: StreamWriter,
    { faults, random, scheduler, isNearClose }: IngestNodeDeps,
  ): StreamWriter {
    const { process } = this;
    const pause = (): Promise<void> => {
      process.openCallCount++;
      return new Promise((resolve) => {
        scheduler.after(random.next() * STORED_LATE_MS_MAX, () => process.deliver(resolve));
      });
    };
    return {
      put: (chunks) =>
        isNearClose() && faults.strikes('storedLate')
          ? pause().then(() => stream.put(chunks))
          : stream.put(chunks),
    };
  }

  public handle(events: readonly ClientEvent[], onReply: (reply: Reply) => void): void {
    this.#waiting.add(onReply);
    const answer = (reply: Reply): void => {
      if (this.#waiting.delete(onReply)) onReply(reply);
    };
    this.#scheduler.wake();
    this.#ingest(events.map((candidate) => ({ candidate }))).then(answer, (error: unknown) =>
      answer({ failure: String(error) }),
    );
  }
}

/** As long as a chunk may take to be stored, less what the call itself takes. */
const STORED_LATE_MS_MAX = 55_000;

/** Every other chunk is counted by its lines, so that both ways meet in one journal. */
const withoutSomeSheets = (stream: StreamWriter): StreamWriter => ({
  put: (chunks) => stream.put(chunks.map((chunk) => (isCountedByLines(chunk) ? withoutSheet(chunk) : chunk))),
});

const isCountedByLines = ({ chunkId }: Chunk): boolean => Number(chunkId.at(-1)) % 2 === 0;

function withoutSheet({ sheet: _, ...chunk }: Chunk): Chunk {
  return chunk;
}
