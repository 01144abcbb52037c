import { basename, dirname, join } from 'node:path';
import { CONTROL_CHUNK_PREFIX } from '../../core/audit/marker.js';
import type { Clock, StreamReader, StreamRecord, StreamUpkeep } from '../../core/ports.js';
import { HOUR_MS, SECOND_MS, dayOf, floorTo, formatInstant } from '../../core/time.js';
import { archiveExtensionOf, type ArchiveExtension } from './archive-file.js';
import { nodeFiles, type Files, type OpenFile } from './files.js';

export const ARCHIVE_FILE_BYTES_MAX = 64 * 1024 * 1024;
export const ARCHIVE_FILE_AGE_MS_MAX = 60 * SECOND_MS;

/** The suffix (with a dot in front of the name) of a file being written: no `*.ndjson.*` can match it. */
const PART_EXTENSION = '.part';

export interface ArchiveWriterOptions {
  readonly dataDirectory: string;
  readonly stream: Pick<StreamReader, 'position' | 'commitPosition'> & Pick<StreamUpkeep, 'trim'>;
  readonly clock: Clock;
  /** @default 64 MiB */
  readonly fileBytesMax?: number;
  /** @default 60 s */
  readonly fileAgeMsMax?: number;
  /** @default the real ones */
  readonly files?: Files;
}

/** The file being written: chunks of one arrival hour, compressed alike, consecutive in the stream. */
interface Part {
  readonly path: string;
  readonly partPath: string;
  readonly hourStartMs: number;
  readonly extension: ArchiveExtension;
  readonly openedAtMs: number;
  readonly file: OpenFile;
  byteCount: number;
  lastSequence: number;
}

/**
 * Writes the stream's chunks, as they are, into files by hour of arrival: the stream's reader `archive`.
 *
 * Every chunk is in exactly one file, whatever crashes when: bytes under a hidden name, fsync, rename, fsync of the
 * directory, and only *then* the position. A crash before the position was committed makes the next writer begin at the
 * same sequence number, hence under the same file name, and replace what this one wrote.
 *
 * Not for concurrent calls: the owner awaits each. After a failed call the writer starts anew from the committed
 * position; ask `nextAfter` what to write.
 */
export class ArchiveWriter {
  private part: Part | null = null;
  /** The last sequence number written or committed; `null`: unknown, the stream must be asked. */
  private writtenThrough: number | null = null;
  private readonly eventsDirectory: string;
  private readonly files: Files;

  public constructor(private readonly options: ArchiveWriterOptions) {
    this.eventsDirectory = join(options.dataDirectory, 'events');
    this.files = options.files ?? nodeFiles;
  }

  /** Remove what a crashed writer left unfinished. Before the first write. */
  public async start(): Promise<void> {
    const paths = await this.files.list(this.eventsDirectory);
    for (const path of paths.filter(isPart)) await this.files.remove(path);
  }

  /** The records to write next are those after this sequence number. */
  public async nextAfter(): Promise<number> {
    this.writtenThrough ??= await this.options.stream.position('archive');
    return this.writtenThrough;
  }

  /** Write records, in the stream's order and without gaps; rotate where a file is full, old, or its hour ends. */
  public async write(records: readonly StreamRecord[]): Promise<void> {
    await this.orStartAnew(async () => {
      for (const record of records) await this.writeOne(record);
      await this.rotateIfOld();
    });
  }

  /** Finish the file being written if it is old enough. To be called now and then, also when nothing arrives. */
  public async tick(): Promise<void> {
    await this.orStartAnew(() => this.rotateIfOld());
  }

  /** Finish the file being written now: when all of what was written must be visible, and before the end. */
  public async rotate(): Promise<void> {
    await this.orStartAnew(() => this.finishPart());
  }

  private async writeOne({ sequence, chunk }: StreamRecord): Promise<void> {
    const writtenThrough = await this.nextAfter();
    if (sequence !== writtenThrough + 1) {
      throw new RangeError(
        `archive: got stream record ${sequence}, the next to write is ${writtenThrough + 1}`,
      );
    }
    const hourStartMs = floorTo(chunk.receivedAtMs, HOUR_MS);
    const extension = archiveExtensionOf(chunk.bytes);
    if (this.part?.hourStartMs !== hourStartMs || this.part.extension !== extension) await this.finishPart();
    this.part ??= await this.openPart(hourStartMs, extension, sequence);
    await this.part.file.append(chunk.bytes);
    this.part.byteCount += chunk.bytes.length;
    this.part.lastSequence = sequence;
    this.writtenThrough = sequence;
    const isFull = this.part.byteCount >= (this.options.fileBytesMax ?? ARCHIVE_FILE_BYTES_MAX);
    // A control line says that a reader waits for what was written so far.
    if (isFull || chunk.chunkId.startsWith(CONTROL_CHUNK_PREFIX)) await this.finishPart();
  }

  private async openPart(hourStartMs: number, extension: ArchiveExtension, sequence: number): Promise<Part> {
    const directory = join(this.eventsDirectory, ...archiveFolders(hourStartMs));
    await this.files.makeDirectory(this.options.dataDirectory, directory);
    const path = join(directory, archiveFileName(sequence, extension));
    const partPath = join(directory, `.${basename(path)}${PART_EXTENSION}`);
    const file = await this.files.create(partPath);
    const openedAtMs = this.options.clock.nowMs();
    return { path, partPath, hourStartMs, extension, openedAtMs, file, byteCount: 0, lastSequence: sequence };
  }

  private async rotateIfOld(): Promise<void> {
    if (this.part === null) return;
    const ageMs = this.options.clock.nowMs() - this.part.openedAtMs;
    if (ageMs >= (this.options.fileAgeMsMax ?? ARCHIVE_FILE_AGE_MS_MAX)) await this.finishPart();
  }

  private async finishPart(): Promise<void> {
    const part = this.part;
    if (part === null) return;
    await part.file.sync();
    await part.file.close();
    await this.files.rename(part.partPath, part.path);
    await this.files.syncDirectory(dirname(part.path));
    this.part = null;
    await this.options.stream.commitPosition('archive', part.lastSequence);
    await this.options.stream.trim();
  }

  private async orStartAnew(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abandonPart();
      throw error;
    }
  }

  /** Forget the file being written: its chunks are still in the stream. The error that led here is the one to report. */
  private async abandonPart(): Promise<void> {
    const part = this.part;
    this.part = null;
    this.writtenThrough = null;
    if (part === null) return;
    await part.file.close().catch(() => undefined);
    await this.files.remove(part.partPath).catch(() => undefined);
  }
}

/** `dt=2026-11-21`, `hour=09`: where the chunks that arrived in an hour are kept. */
export const archiveFolders = (hourStartMs: number): [string, string] => [
  `dt=${dayOf(hourStartMs)}`,
  `hour=${formatInstant(hourStartMs).slice(11, 13)}`,
];

/** Enough digits for every sequence number that a number can hold, so that names sort as numbers do. */
const SEQUENCE_DIGITS = 16;

const archiveFileName = (firstSequence: number, extension: ArchiveExtension): string =>
  `${String(firstSequence).padStart(SEQUENCE_DIGITS, '0')}${extension}`;

const isPart = (path: string): boolean => basename(path).startsWith('.') && path.endsWith(PART_EXTENSION);
