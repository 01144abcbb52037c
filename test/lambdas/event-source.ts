/** What Lambda's event source mapping does with a shard, the bad days included. */
import type { KinesisStreamBatchResponse } from 'aws-lambda';
import type { ShardRecords } from '../support/local-kinesis.js';

export type Invoke = (records: ShardRecords['records']) => Promise<KinesisStreamBatchResponse>;

/**
 * Deliver a shard's records in order, in batches of any size: again from the first failed record, again as a whole (and
 * cut anew) after an error, and now and then again although all was well.
 *
 * @param random in [0, 1); seeded, so that a failure can be repeated.
 */
export async function deliver(
  { records }: ShardRecords,
  invoke: Invoke,
  random: () => number,
  batchCountMax = 6,
): Promise<{ errorCount: number }> {
  let errorCount = 0;
  for (let at = 0; at < records.length;) {
    const batch = records.slice(at, at + 1 + Math.floor(random() * batchCountMax));
    try {
      const { batchItemFailures } = await invoke(batch);
      const failed = batchItemFailures.map(({ itemIdentifier }) =>
        batch.findIndex(({ SequenceNumber }) => SequenceNumber === itemIdentifier),
      );
      at += failed.length === 0 ? batch.length : Math.min(...failed);
    } catch {
      // A batch that throws is delivered again, for as long as the stream keeps it.
      if (++errorCount > 200) throw new Error('a batch failed 200 times: that is no bad luck');
      continue;
    }
    const isRedelivered = random() < 0.2;
    if (isRedelivered) at = Math.max(0, at - Math.ceil(random() * batchCountMax));
  }
  return { errorCount };
}
