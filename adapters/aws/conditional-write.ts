import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Whether a conditional write took effect. False: its condition did not hold, which is an answer and not a failure.
 *
 * A write whose response was lost is sent again by the SDK, and then fails the condition that its first sending made
 * false. So false also means "perhaps it was me": callers must be right in both cases.
 */
export const didWrite = async (write: Promise<unknown>): Promise<boolean> =>
  (await ifWritten(write)) !== null;

/** The answer to a conditional write; `null` if its condition did not hold, or does not any more. */
export async function ifWritten<Answer>(write: Promise<Answer>): Promise<Answer | null> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}
