import type { TallyClient } from '../../client/index.js';
import { CommandError } from '../failure.js';
import type { Io } from '../io.js';
import { makeProgress } from '../progress.js';

const POLL_MS = 100;
const STALLED_MS = 120_000;

/**
 * Wait until counting and archiving have passed every chunk.
 *
 * @throws {CommandError} `catch_up_stalled`: the backlog did not shrink for two minutes.
 */
export async function waitUntilCaughtUp(client: TallyClient, io: Io): Promise<void> {
  let { chunks } = (await client.health()).backlog;
  const progress = makeProgress(io, 'chunks counted', chunks);
  const mostChunks = chunks;
  try {
    for (let shrunkAtMs = io.nowMs(); chunks > 0;) {
      await io.sleep(POLL_MS);
      const now = (await client.health()).backlog.chunks;
      if (now < chunks) shrunkAtMs = io.nowMs();
      if (io.nowMs() - shrunkAtMs > STALLED_MS) throw stalled(now);
      chunks = now;
      progress.update(Math.max(0, mostChunks - chunks));
    }
  } finally {
    progress.stop();
  }
}

const stalled = (chunks: number): CommandError =>
  new CommandError(
    'catch_up_stalled',
    `${chunks} chunks wait to be counted or archived, and for two minutes none was: look at the server's log`,
  );
