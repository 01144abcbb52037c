import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { Timeline } from './scheduler.js';
import type { StreamRecord } from './simulated-stream.js';

/** Buffer of five minutes, and what a busy service adds. */
const DELAY_MS_MAX = 400_000;

/** The second reader of the stream: writes every record to the archive, late, in any order, some twice. */
export class Firehose {
  readonly #archive: StreamRecord[] = [];
  #bufferedCount = 0;

  public constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly faults: Faults,
  ) {}

  public get archive(): readonly StreamRecord[] {
    return this.#archive;
  }

  public get isEmpty(): boolean {
    return this.#bufferedCount === 0;
  }

  public accept(record: StreamRecord): void {
    this.#deliverLater(record);
    if (this.faults.strikes('archiveDuplicate')) this.#deliverLater(record);
  }

  #deliverLater(record: StreamRecord): void {
    this.#bufferedCount++;
    this.timeline.after(this.random.skewed(DELAY_MS_MAX), () => {
      this.#bufferedCount--;
      this.#archive.push(record);
    });
  }
}
