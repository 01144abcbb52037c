/** Where the audit's functions find what they share: files, settings, SQL's answers. */
import { makeAthenaClient } from '../../adapters/aws/athena-client.js';
import { auditQueryText } from '../../adapters/aws/athena-queries.js';
import { AthenaReconciler } from '../../adapters/aws/athena-reconciler.js';
import { S3AuditFiles } from '../../adapters/aws/s3-audit-files.js';
import type { S3Client } from '@aws-sdk/client-s3';
import type { AuditFiles } from '../../core/audit/ports.js';
import { EVIDENCE_PREFIX, WORK_PREFIX, runFolder, type RunParts } from '../../core/audit/run.js';
import { ENV } from '../../core/env-names.js';
import { requireEnv } from '../environment.js';
import type { AuditSql } from './sql.js';

/** Parts of a run's lanes: at most so many, and a lane is never cut. */
const LANE_PARTS_MAX = 32;
/** Segments of the scan: so many that a table of terabytes is scanned within a function's quarter of an hour. */
const SHARD_PARTS = 32;
/** One after the other, for more totals than fit into a function's time. */
const TOTALS_PARTS = 4;

export const partsFor = (laneCount: number): RunParts => ({
  lanes: Math.min(laneCount, LANE_PARTS_MAX),
  shards: SHARD_PARTS,
  totals: TOTALS_PARTS,
});

export const evidenceFiles = (client: S3Client): AuditFiles =>
  new S3AuditFiles({ client, bucketName: requireEnv(ENV.archiveBucket), prefix: EVIDENCE_PREFIX });

export const workFiles = (client: S3Client): AuditFiles =>
  new S3AuditFiles({ client, bucketName: requireEnv(ENV.queryResultsBucket), prefix: WORK_PREFIX });

export function makeAuditSql(s3: S3Client): AuditSql {
  const athena = makeAthenaClient();
  const bucket = requireEnv(ENV.queryResultsBucket);
  return {
    textOf: (query, { run: { fence }, ...about }) =>
      auditQueryText(query, {
        fence,
        database: requireEnv(ENV.database),
        workUri: `s3://${bucket}/${WORK_PREFIX}${runFolder(fence)}`,
        ...about,
      }),
    read: (executions) => {
      const ids = Object.entries(executions).map(([query, { id }]) => [query, id]);
      return new AthenaReconciler({
        athena,
        s3,
        executions: Object.fromEntries(ids) as Record<string, string>,
      });
    },
  };
}
