import {
  TransactWriteItemsCommand,
  TransactionCanceledException,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { backoffMs } from './backoff.js';
import { processTimer, type Timer } from './timer.js';

export const TRANSACTION_ACTIONS_MAX = 100;

/** Some 11 s of waiting in all: another transaction of ours takes milliseconds, and a throttle lasts seconds. */
const ATTEMPTS_MAX = 12;

const CONDITION_FAILED = 'ConditionalCheckFailed';
/** Reasons that pass by themselves. The SDK repeats throttled and lost calls, but never a cancelled transaction. */
const PASSING_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
const NO_REASON = 'None';

/**
 * Write all of it or nothing.
 *
 * A call whose response was lost is sent again by the SDK with the same token, and answered as it was. A token lives for ten
 * minutes and one call: a caller that calls again must be right whether or not the first call took effect.
 *
 * @returns the indexes of the actions whose conditions did not hold; empty: everything is written.
 * @throws what failed. Nothing is written, or, if the response was lost for good, everything may be.
 */
export async function transact(
  client: DynamoDBClient,
  actions: readonly TransactWriteItem[],
  timer: Timer = processTimer,
): Promise<number[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems: [...actions] }));
      return [];
    } catch (error) {
      const failed = failedConditions(error);
      if (failed.length > 0) return failed;
      if (attempt === ATTEMPTS_MAX || !mayPass(error)) throw error;
      await timer.sleep(backoffMs(attempt, Math.random));
    }
  }
}

const reasonsOf = (error: unknown): string[] =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).map(({ Code = NO_REASON }) => Code)
    : [];

const failedConditions = (error: unknown): number[] =>
  reasonsOf(error).flatMap((reason, index) => (reason === CONDITION_FAILED ? [index] : []));

function mayPass(error: unknown): boolean {
  const reasons = reasonsOf(error).filter((reason) => reason !== NO_REASON);
  return reasons.length > 0 && reasons.every((reason) => PASSING_REASONS.has(reason));
}
