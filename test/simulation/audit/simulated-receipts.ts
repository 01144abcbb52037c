import type { ReceiptLine, ReceiptSink } from '../../../core/audit/receipt.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';
import type { Random } from '../random.js';
import type { Timeline } from '../scheduler.js';

/** A receipt's line where SQL finds it. */
export interface StoredReceipt extends ReceiptLine {
  /** When it reached its file. */
  readonly storedAtMs: number;
  readonly failedChunkCount: number;
}

const DELAY_MS_MAX = 120_000;

/** The receipts' own delivery stream and its files. */
export class SimulatedReceipts {
  readonly #stored: StoredReceipt[] = [];

  public constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly nowMs: () => number,
  ) {}

  public get stored(): readonly StoredReceipt[] {
    return this.#stored;
  }

  public portOf(caller: Process, network: Network): ReceiptSink {
    return {
      put: (lines, failedChunkCount) =>
        network.call({
          caller,
          what: `put receipt of ${lines.map(({ chunkId }) => chunkId).join(' ')}`,
          effect: () => this.#deliverLater(lines, failedChunkCount),
        }),
    };
  }

  #deliverLater(lines: readonly ReceiptLine[], failedChunkCount: number): void {
    this.timeline.after(this.random.skewed(DELAY_MS_MAX), () => {
      const storedAtMs = this.nowMs();
      for (const [index, line] of lines.entries())
        this.#stored.push({ ...line, storedAtMs, failedChunkCount: index === 0 ? failedChunkCount : 0 });
    });
  }
}
