import { StreamUnavailableError, TallyError } from '../../core/errors.js';
import {
  STREAM_READERS,
  type Chunk,
  type StreamReader,
  type StreamReaderName,
  type StreamRecord,
  type StreamUpkeep,
  type StreamWriter,
} from '../../core/ports.js';
import { commit, readFresh } from './commit.js';
import { raiseHighWaterMark } from './high-water-mark.js';
import type { StreamData, StreamEntry, StreamMark } from './open-data.js';

const NOTHING: StreamMark = [0, 0];
const HEAD = 'head';
const TRIMMED = 'trimmed';

/** Entries removed per transaction: few enough that a request's chunks hardly wait. */
const TRIM_STEP_COUNT = 256;

/**
 * The durable stream between ingest and its two readers.
 *
 * The head is a mark of its own, moved in the transaction that writes the entries: what is left after trimming says
 * nothing about which numbers were given out.
 */
export class LmdbStream implements StreamWriter, StreamReader, StreamUpkeep {
  public constructor(private readonly data: StreamData) {}

  public async put(chunks: readonly Chunk[]): Promise<void> {
    if (chunks.length === 0) return;
    try {
      await commit(this.data, () => this.appendAll(chunks));
    } catch (error) {
      throw new StreamUnavailableError(
        `${chunks.length} chunk(s) could not be written to disk; nothing of them is promised, send them again`,
        { cause: error },
      );
    }
  }

  private appendAll(chunks: readonly Chunk[]): void {
    let [sequence, bytesThrough] = this.mark(HEAD);
    let receivedAtMs = 0;
    for (const chunk of chunks) {
      sequence += 1;
      bytesThrough += chunk.bytes.length;
      receivedAtMs = Math.max(receivedAtMs, chunk.receivedAtMs);
      void this.data.bytes.put(sequence, asBuffer(chunk.bytes));
      if (chunk.sheet !== undefined) void this.data.sheets.put(sequence, asBuffer(chunk.sheet));
      void this.data.entries.put(sequence, entryOf(chunk, bytesThrough));
    }
    void this.data.marks.put(HEAD, [sequence, bytesThrough]);
    raiseHighWaterMark(this.data, receivedAtMs);
  }

  public async readAfter(
    sequence: number,
    { bytesMax, withSheets = false }: { bytesMax: number; withSheets?: boolean },
  ): Promise<StreamRecord[]> {
    readFresh(this.data);
    const [trimmedThrough] = this.mark(TRIMMED);
    if (sequence < trimmedThrough) throw gap(sequence + 1, `entries through ${trimmedThrough} were trimmed`);
    const bytesBefore = this.data.entries.get(sequence)?.[0] ?? this.mark(TRIMMED)[1];
    const records: StreamRecord[] = [];
    for (const { key, value } of this.data.entries.getRange({ start: sequence + 1 })) {
      const expected = sequence + records.length + 1;
      if (key !== expected) throw gap(expected, `the next entry is ${key}`);
      if (records.length > 0 && value[0] - bytesBefore > bytesMax) break;
      const stored = new StoredChunk(this.data, key, value);
      records.push({ sequence: key, chunk: withSheets ? stored : stored.withoutSheet() });
    }
    return records;
  }

  public async head(): Promise<number> {
    readFresh(this.data);
    return this.mark(HEAD)[0];
  }

  public async position(reader: StreamReaderName): Promise<number> {
    readFresh(this.data);
    return this.mark(reader)[0];
  }

  public async commitPosition(reader: StreamReaderName, sequence: number): Promise<void> {
    await commit(this.data, () => {
      if (sequence <= this.mark(reader)[0]) return;
      const entry = this.data.entries.get(sequence);
      if (entry === undefined) throw gap(sequence, `reader ${reader} can't pass an entry that is not there`);
      void this.data.marks.put(reader, [sequence, entry[0]]);
    });
  }

  public async trim(): Promise<number> {
    let trimmedCount = 0;
    for (;;) {
      const stepCount = await commit(this.data, () => this.trimStep());
      trimmedCount += stepCount;
      if (stepCount < TRIM_STEP_COUNT) return trimmedCount;
    }
  }

  private trimStep(): number {
    const [trimmedThrough] = this.mark(TRIMMED);
    const passed = STREAM_READERS.map((reader) => this.mark(reader));
    const [passedThrough] = passed.reduce((slower, mark) => (mark[0] < slower[0] ? mark : slower));
    const through = Math.min(passedThrough, trimmedThrough + TRIM_STEP_COUNT);
    if (through === trimmedThrough) return 0;
    const bytesThrough = this.data.entries.get(through)?.[0] ?? 0;
    for (let sequence = trimmedThrough + 1; sequence <= through; sequence += 1) {
      void this.data.entries.remove(sequence);
      void this.data.bytes.remove(sequence);
      void this.data.sheets.remove(sequence);
    }
    void this.data.marks.put(TRIMMED, [through, bytesThrough]);
    return through - trimmedThrough;
  }

  public async backlogBytes(reader: StreamReaderName): Promise<number> {
    readFresh(this.data);
    return this.mark(HEAD)[1] - this.mark(reader)[1];
  }

  private mark(name: typeof HEAD | typeof TRIMMED | StreamReaderName): StreamMark {
    return this.data.marks.get(name) ?? NOTHING;
  }
}

const entryOf = (chunk: Chunk, bytesThrough: number): StreamEntry => [
  bytesThrough,
  chunk.chunkId,
  chunk.stripe,
  chunk.receivedAtMs,
  chunk.eventCount,
  chunk.valueSum,
];

/** A chunk with its sheet. Each is read when it is asked for: whoever takes the one seldom takes the other. */
class StoredChunk implements Chunk {
  public readonly chunkId: string;
  public readonly stripe: number;
  public readonly receivedAtMs: number;
  public readonly eventCount: number;
  public readonly valueSum: number;
  readonly #data: StreamData;
  readonly #sequence: number;

  public constructor(data: StreamData, sequence: number, entry: StreamEntry) {
    this.#data = data;
    this.#sequence = sequence;
    [, this.chunkId, this.stripe, this.receivedAtMs, this.eventCount, this.valueSum] = entry;
  }

  public get bytes(): Uint8Array {
    const bytes = this.#data.bytes.get(this.#sequence);
    if (bytes === undefined) throw gap(this.#sequence, 'its bytes are gone');
    return bytes;
  }

  public get sheet(): Uint8Array | undefined {
    return this.#data.sheets.get(this.#sequence);
  }

  public withoutSheet(): Chunk {
    return { ...this, bytes: this.bytes };
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const gap = (sequence: number, why: string): TallyError =>
  new TallyError('stream_gap', `stream entry ${sequence} was asked for, but ${why}`);
