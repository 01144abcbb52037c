import type { ArchiveWriter } from '../../adapters/embedded/archive-writer.js';
import type { StreamReader } from '../../core/ports.js';
import type { Reader } from './run-reader.js';

const READ_BYTES_MAX = 8 * 1024 * 1024;

/** Writes the stream's chunks to the archive. Its position moves when a file is finished. */
export class ArchiveReader implements Reader {
  public constructor(
    private readonly stream: StreamReader,
    private readonly writer: ArchiveWriter,
  ) {}

  public async step(): Promise<boolean> {
    const records = await this.stream.readAfter(await this.writer.nextAfter(), { bytesMax: READ_BYTES_MAX });
    if (records.length === 0) return false;
    await this.writer.write(records);
    return true;
  }

  public position(): Promise<number> {
    return this.stream.position('archive');
  }

  public tick(): Promise<void> {
    return this.writer.tick();
  }

  public finish(): Promise<void> {
    return this.writer.rotate();
  }
}
