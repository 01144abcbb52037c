import { RefusedError, type TallyClient } from '../../client/index.js';
import { inParallel } from '../in-parallel.js';
import { ZERO, type Count } from './expected.js';
import { subjectOf } from './generate.js';

const READS_AT_ONCE = 8;

/** What counters say: a type's total, and the counts of some of its keys. */
export interface Counted {
  readonly total: Count;
  ofKey(key: number): Count;
}

/** Strongly consistent: everything that is counted is seen. A type that was never seen counts zero, as do its keys. */
export async function readCounted(
  client: TallyClient,
  type: string,
  keys: readonly number[],
): Promise<Counted> {
  const total = await readCount(client, type);
  const byKey = new Map<number, Count>();
  if (total.events !== 0) {
    await inParallel(keys, READS_AT_ONCE, async (key) => {
      byKey.set(key, await readCount(client, type, subjectOf(key)));
    });
  }
  return { total, ofKey: (key) => byKey.get(key) ?? ZERO };
}

async function readCount(client: TallyClient, type: string, subject?: string): Promise<Count> {
  try {
    const { value, events } = await client.get(type, {
      ...(subject === undefined ? {} : { subject }),
      consistency: 'strong',
    });
    return { value, events };
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return ZERO;
    throw error;
  }
}
