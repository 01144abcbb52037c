import { setTimeout as sleep } from 'node:timers/promises';
import type { Counting } from '../../core/count/count.js';
import type { StreamReader } from '../../core/ports.js';
import type { Reader } from './run-reader.js';

/** Compressed; inflated it is some twenty times as much, one chunk at a time. */
const READ_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Steps begin at least so far apart. Each commits a few hundred items however few events it counts, so under load larger steps save most
 * of their price. After a pause the first one begins at once.
 */
const STEP_MS_MIN = 80;

/** Counts the stream's chunks. Commits its position last: what was counted twice in between is counted once. */
export class CountReader implements Reader {
  #lastStepMs = Number.NEGATIVE_INFINITY;

  public constructor(
    private readonly stream: StreamReader,
    private readonly counting: Counting,
  ) {}

  public async step(): Promise<boolean> {
    const waitMs = this.#lastStepMs + STEP_MS_MIN - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    this.#lastStepMs = performance.now();
    const records = await this.stream.readAfter(await this.position(), {
      bytesMax: READ_BYTES_MAX,
      withSheets: true,
    });
    const last = records.at(-1);
    if (last === undefined) return false;
    await this.counting.count(records.map(({ chunk }) => chunk));
    await this.stream.commitPosition('count', last.sequence);
    return true;
  }

  public position(): Promise<number> {
    return this.stream.position('count');
  }

  public async tick(): Promise<void> {
    // Nothing is due: what is counted is durable already.
  }

  public async finish(): Promise<void> {
    // Likewise.
  }
}
