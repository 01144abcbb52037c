import { backoffMs } from './backoff.js';
import { processTimer, type Timer } from './timer.js';

/** Six rounds wait for at most 50·(2+4+8+16+32) ms = 3.1 s: less than whoever called us will wait. */
const ROUNDS_MAX = 6;

/** The records an engine did not take, and why: the last reason it gave. */
export interface NotTaken<Item> {
  readonly items: readonly Item[];
  readonly reason: string;
}

/**
 * Put a batch, then put again what was not taken, with backoff: such APIs answer 200 and fail records one by one.
 *
 * @param put answers what was not taken of a batch.
 * @returns what was never taken; empty when all is in.
 */
export async function putUntilTaken<Item>(
  items: readonly Item[],
  put: (items: readonly Item[]) => Promise<NotTaken<Item>>,
  timer: Timer = processTimer,
  roundsMax = ROUNDS_MAX,
): Promise<NotTaken<Item>> {
  for (let round = 1, pending = items; ; round++) {
    const notTaken = await put(pending);
    if (notTaken.items.length === 0 || round === roundsMax) return notTaken;
    await timer.sleep(backoffMs(round, Math.random));
    pending = notTaken.items;
  }
}
