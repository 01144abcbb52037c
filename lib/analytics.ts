import { Arn, Aws, Names, Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { SQL_TABLES, SQL_VIEW_NAMES, type SqlTableName, type SqlViewName } from '../core/sql-tables.js';
import { acknowledgeFolder } from './acknowledge.js';
import { allow } from './allow.js';
import type { AuditQueries } from './audit.js';
import type { Buckets } from './buckets.js';
import type { EventCounterConfig } from './event-counter-props.js';
import { glueTable, glueView, readSql } from './glue-tables.js';

export interface AnalyticsProps {
  readonly config: Pick<EventCounterConfig, 'archiveSince' | 'queryScanMax'>;
  readonly buckets: Buckets;
}

/** Where answers go in the bucket of query results; and where the working files of audits lie there. */
const ANSWERS = 'athena';
const WORK = 'work';

/** What design and runbook promise to whoever asks: each is a file in `sql/analysts`. */
export const NAMED_QUERIES = [
  'conflicts',
  'daily-totals',
  'drift-history',
  'duplicates-by-source',
  'late-arrivals',
  'rejections-by-reason',
  'top-subjects',
] as const;

const TABLE_NAMES = Object.keys(SQL_TABLES) as SqlTableName[];

/** What an audit asks. It reads no view: those are for people, who may replace them. */
const AUDITED_TABLES = TABLE_NAMES.filter((name) => name !== 'raw_rejected' && name !== 'raw_acts');
const AUDITED_FOLDERS = ['events', 'receipts'];

const READ_BUCKET = ['s3:GetBucketLocation', 's3:ListBucket'];

/** SQL over the archive: tables, views and questions in Glue and Athena, for audits and for people. */
export class Analytics extends Construct implements AuditQueries {
  public readonly databaseName: string;
  public readonly workGroupName: string;
  private readonly buckets: Buckets;
  private readonly tables = new Map<SqlTableName | SqlViewName, CfnTable>();

  public constructor(scope: Construct, id: string, { config, buckets }: AnalyticsProps) {
    super(scope, id);
    this.buckets = buckets;
    // Named by us, since the views hold the name in their text; after the stack, so that two of them share nothing.
    this.databaseName = Names.uniqueResourceName(this, { separator: '_', maxLength: 100 }).toLowerCase();
    this.workGroupName = Names.uniqueResourceName(this, { separator: '-', maxLength: 100 });
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: {
        name: this.databaseName,
        description: 'Tally: the archive, and the work of its audits.',
      },
    });
    for (const name of TABLE_NAMES) this.addTable(name, database, config.archiveSince);
    for (const name of SQL_VIEW_NAMES) this.addView(name, database);
    const workGroup = this.addWorkGroup(config.queryScanMax.toBytes());
    for (const name of NAMED_QUERIES) this.addNamedQuery(name, workGroup);
  }

  /** Run the queries of an audit, to their end or not. It may ask what an audit asks, and nothing else. */
  public grantRunQueries(grantee: IGrantable): void {
    grant(
      grantee,

      allow(
        ['athena:GetQueryExecution', 'athena:StartQueryExecution', 'athena:StopQueryExecution'],
        [this.workGroupArn],
      ),
    );
    grant(grantee, allow(['athena:GetDataCatalog'], [this.arn('athena', 'datacatalog', 'AwsDataCatalog')]));
    this.grantReadCatalog(grantee);
    this.grantReadArchive(grantee);
    this.grantUseResults(grantee);
  }

  /** Read what queries of the workgroup answered, and whether they succeeded. */
  public grantReadResults(grantee: IGrantable): void {
    grant(grantee, allow(['athena:GetQueryExecution'], [this.workGroupArn]));
    grantFolder(grantee, this.buckets.queryResults, ANSWERS, ['s3:GetObject']);
  }

  private grantReadCatalog(grantee: IGrantable): void {
    const database = this.arn('glue', 'database', this.databaseName);
    const tables = AUDITED_TABLES.map((name) => this.arn('glue', 'table', `${this.databaseName}/${name}`));
    const catalog = Arn.format({ service: 'glue', resource: 'catalog' }, Stack.of(this));
    // Athena looks whether `default` exists before it runs anything.
    const fallback = this.arn('glue', 'database', 'default');
    grant(grantee, allow(['glue:GetDatabase'], [catalog, database, fallback]));
    grant(grantee, allow(['glue:GetPartitions', 'glue:GetTable'], [catalog, database, ...tables]));
  }

  private grantReadArchive(grantee: IGrantable): void {
    const { archive } = this.buckets;
    grant(grantee, allow(READ_BUCKET, [archive.bucketArn]));
    for (const folder of AUDITED_FOLDERS) grantFolder(grantee, archive, folder, ['s3:GetObject']);
  }

  private grantUseResults(grantee: IGrantable): void {
    const { queryResults } = this.buckets;
    grant(grantee, allow([...READ_BUCKET, 's3:ListBucketMultipartUploads'], [queryResults.bucketArn]));
    for (const folder of [ANSWERS, WORK]) {
      grantFolder(grantee, queryResults, folder, [
        's3:AbortMultipartUpload',
        's3:GetObject',
        's3:ListMultipartUploadParts',
        's3:PutObject',
      ]);
    }
  }

  private get workGroupArn(): string {
    return this.arn('athena', 'workgroup', this.workGroupName);
  }

  private arn(service: string, resource: string, resourceName: string): string {
    return Arn.format({ service, resource, resourceName }, Stack.of(this));
  }

  private addTable(name: SqlTableName, database: CfnDatabase, since: string): void {
    const bucket: Bucket = this.buckets[SQL_TABLES[name].bucket];
    this.add(name, database, glueTable(name, { bucketName: bucket.bucketName, since }));
  }

  private addView(name: SqlViewName, database: CfnDatabase): void {
    this.add(name, database, glueView(name, this.databaseName));
  }

  private add(
    name: SqlTableName | SqlViewName,
    database: CfnDatabase,
    tableInput: CfnTable.TableInputProperty,
  ): void {
    const table = new CfnTable(this, pascal(name), {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: this.databaseName,
      tableInput,
    });
    table.addResourceDependency(database);
    this.tables.set(name, table);
  }

  /** Enforced: who asks can't write answers elsewhere, unencrypted, or without a bound. */
  private addWorkGroup(scanBytesMax: number): CfnWorkGroup {
    return new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroupName,
      description: 'Tally: audits, and questions to the archive.',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: scanBytesMax,
        resultConfiguration: {
          outputLocation: `s3://${this.buckets.queryResults.bucketName}/${ANSWERS}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
          expectedBucketOwner: Aws.ACCOUNT_ID,
        },
      },
    });
  }

  /** The description is the comment above the text, which also says what its parameters are. */
  private addNamedQuery(name: (typeof NAMED_QUERIES)[number], workGroup: CfnWorkGroup): void {
    const text = readSql(`analysts/${name}`);
    const query = new CfnNamedQuery(this, pascal(name), {
      name,
      description: /^-- (.*)$/m.exec(text)?.[1] ?? name,
      database: this.databaseName,
      workGroup: this.workGroupName,
      queryString: text,
    });
    query.addResourceDependency(workGroup);
    for (const view of SQL_VIEW_NAMES) query.addResourceDependency(this.tables.get(view) ?? workGroup);
  }
}

function grant(grantee: IGrantable, statement: PolicyStatement): void {
  grantee.grantPrincipal.addToPrincipalPolicy(statement);
}

function grantFolder(grantee: IGrantable, bucket: Bucket, folder: string, actions: readonly string[]): void {
  grant(grantee, allow(actions, [bucket.arnForObjects(`${folder}/*`)]));
  // A function's role stands beside it, and is the one that the finding is about.
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal)) acknowledgeFolder(grantPrincipal, bucket, folder);
}

/** `raw_events` → `RawEvents`. */
const pascal = (name: string): string =>
  name.replaceAll(/(?:^|[-_])(\w)/g, (_, first: string) => first.toUpperCase());
