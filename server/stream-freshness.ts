import { TallyError } from '../core/errors.js';
import type { Clock, Freshness, StreamReader } from '../core/ports.js';

/** Trimming can overtake the look at the next chunk, but hardly twice. */
const ATTEMPTS_MAX = 5;

/**
 * How far counting has come, told from the stream itself.
 *
 * Every chunk behind the counting reader's position was acknowledged no earlier than the next one was received: the
 * stream is in the order of storing, and a chunk is acknowledged after it is stored.
 */
export class StreamFreshness implements Freshness {
  public constructor(
    private readonly stream: StreamReader,
    private readonly clock: Clock,
  ) {}

  public async countedThroughMs(): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      // The clock first: what is acknowledged after this instant is not promised.
      const nowMs = this.clock.nowMs();
      try {
        const position = await this.stream.position('count');
        const [next] = await this.stream.readAfter(position, { bytesMax: 1 });
        return next === undefined ? nowMs : Math.min(next.chunk.receivedAtMs, nowMs);
      } catch (error) {
        const isOvertaken = error instanceof TallyError && error.code === 'stream_gap';
        if (!isOvertaken || attempt === ATTEMPTS_MAX) throw error;
      }
    }
  }
}
