import { makeS3Client } from '../../../adapters/aws/s3-client.js';
import { gzipSync } from 'node:zlib';
import { WHOLE, WORK_PREFIX, runFolder, workFile } from '../../../core/audit/run.js';
import { sqlFolder } from '../../../core/sql-tables.js';
import {
  RECONCILED_RUN,
  describeReconcilerContract,
  type ReconcilerTarget,
} from '../../contract/reconciler.contract.js';
import { AskedReconciler } from '../../support/asked-reconciler.js';
import { startAthena } from '../../support/local-athena.js';
import { useLocalAws } from '../../support/local-aws-environment.js';
import { startS3 } from '../../support/local-s3.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

const DATABASE = 'tally_db';
const BUCKETS = { archive: 'archive', queryResults: 'results' } as const;
const ARRIVAL = { dt: RECONCILED_RUN.day, hour: '09' };

async function makeTarget(): Promise<ReconcilerTarget> {
  const directory = await makeTemporaryDirectory();
  const s3 = await startS3({ directory });
  const athena = await startAthena({ directory, database: DATABASE, buckets: BUCKETS });
  useLocalAws({ AWS_ENDPOINT_URL_S3: s3.url });
  const client = makeS3Client();
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    s3.objects.set(key, bytes);
  };
  const workUri = `s3://${BUCKETS.queryResults}/${WORK_PREFIX}${runFolder(RECONCILED_RUN)}`;
  return {
    port: new AskedReconciler({
      athena,
      s3: client,
      run: { fence: RECONCILED_RUN, database: DATABASE, workUri },
    }),
    putArchive: (name, bytes) => put(`${BUCKETS.archive}/${sqlFolder('raw_events', ARRIVAL)}${name}`, bytes),
    putReceipts: (lines) =>
      put(
        `${BUCKETS.archive}/${sqlFolder('raw_receipts', ARRIVAL)}r.ndjson.gz`,
        gzipSync(lines.map((line) => `${line}\n`).join('')),
      ),
    putRunFile: (table, rows) =>
      put(`${BUCKETS.queryResults}/${WORK_PREFIX}${workFile(RECONCILED_RUN, table, WHOLE)}`, gzipSync(rows)),
    dispose: async () => {
      client.destroy();
      await athena.close();
      await s3.close();
      await removeDirectory(directory);
    },
  };
}

describeReconcilerContract('AthenaReconciler', makeTarget);
