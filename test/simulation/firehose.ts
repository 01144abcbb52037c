import type { ArchivedChunk } from './audit/reference-sql.js';
import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { Timeline } from './scheduler.js';
import type { Shard, StreamRecord } from './simulated-stream.js';

/** Buffer of five minutes, and what a busy service adds. */
const DELAY_MS_MAX = 400_000;
/** How much later a file may come when its delivery fails again and again. */
const RETRIES_MS_MAX = 2 * 3_600_000;
const LOST_MS_MAX = 3 * 86_400_000;
const WAIT_FOR_PARENT_MS = 30_000;

/** A record in the archive. */
export interface ArchivedRecord extends StreamRecord, ArchivedChunk {}

/** What is gathered of a shard, until it is delivered as one file. */
interface Buffer {
  readonly openedAtMs: number;
  readonly records: StreamRecord[];
}

/**
 * The second reader of the stream: gathers each shard's records, and writes them to the archive late, some twice. Parents come
 * before their children.
 */
export class Firehose {
  readonly #archive: ArchivedRecord[] = [];
  readonly #bufferByShard = new Map<Shard, Buffer>();
  #bufferedCount = 0;
  /** Records that the archive does not have, or has only much later. */
  #lostCount = 0;

  public constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly faults: Faults,
    private readonly nowMs: () => number,
  ) {}

  public get archive(): readonly ArchivedRecord[] {
    return this.#archive;
  }

  public get isEmpty(): boolean {
    return this.#bufferedCount === 0;
  }

  /** Something did not come in time for the markers behind it. */
  public get hasFailed(): boolean {
    return this.#lostCount > 0;
  }

  public accept(record: StreamRecord, shard: Shard): void {
    if (this.faults.strikes('archiveLoss')) return this.#lose(record);
    this.#bufferedCount++;
    const buffer = this.#bufferByShard.get(shard);
    if (buffer !== undefined) return void buffer.records.push(record);
    this.#bufferByShard.set(shard, { openedAtMs: this.nowMs(), records: [record] });
    this.#flushLater(shard, this.random.skewed(DELAY_MS_MAX));
  }

  #flushLater(shard: Shard, delayMs: number): void {
    this.timeline.after(delayMs, () => {
      if (this.#hasBufferedParent(shard)) return this.#flushLater(shard, WAIT_FOR_PARENT_MS);
      const buffer = this.#bufferByShard.get(shard);
      this.#bufferByShard.delete(shard);
      if (buffer === undefined) return;
      if (!this.faults.strikes('archiveOvertaken')) return this.#deliver(buffer);
      this.#lostCount++;
      this.timeline.after(this.random.next() * RETRIES_MS_MAX, () => this.#deliver(buffer));
    });
  }

  #hasBufferedParent({ parents }: Shard): boolean {
    return parents.some((parent) => this.#bufferByShard.has(parent) || this.#hasBufferedParent(parent));
  }

  #deliver({ openedAtMs, records }: Buffer): void {
    for (const record of records) {
      this.#bufferedCount--;
      this.#archive.push({ ...record, arrivedAtMs: openedAtMs });
      if (this.faults.strikes('archiveDuplicate')) this.#archive.push({ ...record, arrivedAtMs: openedAtMs });
    }
  }

  /** For ever, or until somebody finds it. */
  #lose(record: StreamRecord): void {
    this.#lostCount++;
    const arrivedAtMs = this.nowMs();
    if (this.random.chance(0.5)) return;
    this.timeline.after(this.random.next() * LOST_MS_MAX, () =>
      this.#archive.push({ ...record, arrivedAtMs }),
    );
  }
}
