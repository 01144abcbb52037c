import { StreamUnavailableError } from '../core/errors.js';
import { STREAM_READERS, type Chunk, type StreamUpkeep, type StreamWriter } from '../core/ports.js';

/** What may wait in the stream, in bytes of chunks: some ten million events. The disk is the only other bound. */
export const BACKLOG_BYTES_MAX = 256 * 1024 * 1024;

const RETRY_AFTER_SECONDS = 5;

/** A stream that takes nothing more while a reader is too far behind, instead of growing without bound. */
export class BackPressure implements StreamWriter {
  public constructor(
    private readonly stream: StreamWriter & StreamUpkeep,
    private readonly backlogBytesMax: number,
    private readonly onStored: () => void,
  ) {}

  public async put(chunks: readonly Chunk[]): Promise<void> {
    const backlogBytes = await backlogBytesOf(this.stream);
    if (backlogBytes > this.backlogBytesMax) {
      throw new StreamUnavailableError(
        `${backlogBytes} bytes wait to be counted or archived, accepted: ${this.backlogBytesMax}; ` +
          `send the request again in ${RETRY_AFTER_SECONDS} seconds`,
        { code: 'backlog_full', retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
    await this.stream.put(chunks);
    this.onStored();
  }
}

/** The backlog of the slower reader. */
export async function backlogBytesOf(stream: StreamUpkeep): Promise<number> {
  return Math.max(...(await Promise.all(STREAM_READERS.map((reader) => stream.backlogBytes(reader)))));
}
