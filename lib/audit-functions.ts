import { Duration } from 'aws-cdk-lib';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EVIDENCE_PREFIX, WORK_PREFIX } from '../core/audit/run.js';
import { ENV, type EnvName } from '../core/env-names.js';
import { acknowledgeObjects } from './acknowledge.js';
import { allow } from './allow.js';
import type { AuditProps } from './audit.js';
import { bindSettings } from './bind-settings.js';
import type { LambdaName } from './bundling.js';
import { TallyFunction } from './tally-function.js';

/** A CPU of its own goes with so much. What a step holds in memory is bounded, and far below. */
const MEMORY_MB = 1_769;

const EVIDENCE = `${EVIDENCE_PREFIX}*`;
/** Reports lie with their runs; the chain of acts does not. */
const EVIDENCE_OF_RUNS = `${EVIDENCE_PREFIX}dt=*`;
const WORK = `${WORK_PREFIX}*`;

/**
 * The functions whose steps the state machine takes, apart for what each may do: one decides, one reads the witnesses and settles,
 * and the third alone can seal.
 */
export class AuditFunctions extends Construct {
  public readonly decide: TallyFunction;
  public readonly snapshot: TallyFunction;
  public readonly seal: TallyFunction;

  public constructor(scope: Construct, id: string, props: AuditProps) {
    super(scope, id);
    const { tables, eventStream, buckets, queries } = props;
    this.decide = this.makeFunction('Decide', 'audit', props);
    tables.bindAuditDecide(this.decide);
    eventStream.bindWriter(this.decide);
    bindFiles(this.decide, ENV.archiveBucket, { bucket: buckets.archive, writes: EVIDENCE_OF_RUNS });
    bindFiles(this.decide, ENV.queryResultsBucket, {
      bucket: buckets.queryResults,
      reads: WORK,
      writes: WORK,
    });

    this.snapshot = this.makeFunction('Snapshot', 'audit-snapshot', props);
    tables.bindAuditSnapshot(this.snapshot);
    bindFiles(this.snapshot, ENV.queryResultsBucket, { bucket: buckets.queryResults, writes: WORK });

    this.seal = this.makeFunction('Seal', 'audit-seal', props);
    tables.bindAuditSeal(this.seal);
    bindFiles(this.seal, ENV.archiveBucket, { bucket: buckets.archive, reads: EVIDENCE, writes: EVIDENCE });
    bindFiles(this.seal, ENV.queryResultsBucket, { bucket: buckets.queryResults, reads: WORK });

    for (const reader of [this.decide, this.seal]) {
      reader.addEnvironment(ENV.database, queries.databaseName);
      queries.grantReadResults(reader);
    }
  }

  private makeFunction(id: string, entry: LambdaName, { config }: AuditProps): TallyFunction {
    const made = new TallyFunction(this, id, {
      entry,
      memoryMb: MEMORY_MB,
      timeout: Duration.minutes(15),
      config,
    });
    bindSettings(made, config);
    return made;
  }
}

interface Files {
  readonly bucket: Bucket;
  /** Patterns of keys. */
  readonly reads?: string;
  readonly writes?: string;
}

function bindFiles(user: TallyFunction, envName: EnvName, { bucket, reads, writes }: Files): void {
  user.addEnvironment(envName, bucket.bucketName);
  // Who may not list is told that a file that is missing is forbidden.
  if (reads !== undefined) user.addToRolePolicy(allow(['s3:ListBucket'], [bucket.bucketArn]));
  if (reads !== undefined) user.addToRolePolicy(allow(['s3:GetObject'], [bucket.arnForObjects(reads)]));
  if (writes !== undefined)
    user.addToRolePolicy(allow(['s3:AbortMultipartUpload', 's3:PutObject'], [bucket.arnForObjects(writes)]));
  // The role stands beside its function, not in it.
  for (const pattern of new Set([reads, writes]))
    if (pattern !== undefined) acknowledgeObjects(user.role ?? user, bucket, pattern);
}
