import type { Health, TallyClient } from '../../client/index.js';
import { CommandError } from '../failure.js';
import type { Io } from '../io.js';
import { makeProgress } from '../progress.js';

const POLL_MS = 100;
const STALLED_MS = 120_000;

/**
 * Wait until everything accepted so far is counted. By the server's clock, which may be another than ours.
 *
 * @throws {CommandError} `catch_up_stalled`: for two minutes nothing was counted.
 */
export async function waitUntilCounted(client: TallyClient, io: Io): Promise<void> {
  let health = await client.health();
  const startMs = asOfMs(health);
  const targetMs = startMs + health.lagMs;
  const progress = makeProgress(io, 'ms counted', health.lagMs);
  try {
    let [countedMs, movedAtMs] = [startMs, io.nowMs()];
    while (countedMs < targetMs) {
      if (io.nowMs() - movedAtMs > STALLED_MS) throw stalled(health);
      await io.sleep(POLL_MS);
      health = await client.health();
      if (asOfMs(health) > countedMs) [countedMs, movedAtMs] = [asOfMs(health), io.nowMs()];
      progress.update(Math.min(countedMs, targetMs) - startMs);
    }
  } finally {
    progress.stop();
  }
}

const asOfMs = ({ asOf }: Health): number => Date.parse(asOf);

const stalled = ({ asOf, backlog }: Health): CommandError =>
  new CommandError(
    'catch_up_stalled',
    `counting stands at ${asOf} for two minutes, ${backlog.chunks} chunks behind: look at the server's log`,
  );
