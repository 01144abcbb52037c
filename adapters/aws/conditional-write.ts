import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Whether a conditional write took effect. False: its condition did not hold, which is an answer and not a failure.
 *
 * A write whose response was lost is sent again by the SDK, and then fails the condition that its first sending made
 * false. So false also means "perhaps it was me": callers must be right in both cases.
 */
export async function didWrite(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
