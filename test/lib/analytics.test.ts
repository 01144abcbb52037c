import { Size, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { actFile } from '../../core/audit/act.js';
import {
  EVIDENCE_PREFIX,
  WORK_PREFIX,
  WORK_TABLES,
  workFolder,
  type WorkTable,
} from '../../core/audit/run.js';
import {
  SQL_TABLES,
  SQL_VIEWS,
  SQL_VIEW_NAMES,
  sqlFileOf,
  sqlFolder,
  type SqlTable,
  type SqlTableName,
} from '../../core/sql-tables.js';
import { viewQuery } from '../../core/sql-text.js';
import { Analytics } from '../../lib/analytics.js';
import { Archive } from '../../lib/archive.js';
import { Buckets } from '../../lib/buckets.js';
import { EventStream } from '../../lib/event-stream.js';
import type { EventCounterProps } from '../../lib/index.js';
import { runQuery } from '../support/local-athena-engine.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';
import { grantsOf, resourceOf, resourcesOf, spelled, synthesisePart } from './synthesised.js';

const SQL = join(__dirname, '../../sql');

const made = (props: EventCounterProps = {}): { analytics: Analytics; template: Template } => {
  let analytics: Analytics | undefined;
  const template = synthesisePart(props, (scope, config) => {
    const buckets = new Buckets(scope, 'Buckets', config);
    const eventStream = new EventStream(scope, 'EventStream', config);
    new Archive(scope, 'Archive', {
      bucket: buckets.archive,
      eventStream,
      logRetention: config.logRetention,
    });
    analytics = new Analytics(scope, 'Analytics', { config, buckets });
    const roleOf = (id: string): Role =>
      new Role(Stack.of(scope), `Tally${id}`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    analytics.grantRunQueries(roleOf('Runner'));
    analytics.grantReadResults(roleOf('Reader'));
  });
  if (analytics === undefined) throw new Error('nothing was made');
  return { analytics, template };
};

const { analytics, template } = made();

interface TableInput {
  readonly Name: string;
  readonly TableType: string;
  readonly Parameters: Record<string, unknown>;
  readonly PartitionKeys: { Name: string; Type: string }[];
  readonly StorageDescriptor: {
    readonly Columns: { Name: string; Type: string }[];
    readonly Location: unknown;
    readonly SerdeInfo: { SerializationLibrary?: string; Parameters?: Record<string, string> };
  };
  readonly ViewOriginalText?: string;
}

const inputs = new Map(
  Object.values(resourcesOf(template))
    .filter(({ Type }) => Type === 'AWS::Glue::Table')
    .map(({ Properties }) => Properties['TableInput'] as TableInput)
    .map((input) => [input.Name, input] as const),
);

const inputOf = (name: string): TableInput => {
  const input = inputs.get(name);
  if (input === undefined) throw new Error(`no table ${name}`);
  return input;
};

const namesAndTypes = (columns: { Name: string; Type: string }[]): Record<string, string> =>
  Object.fromEntries(columns.map(({ Name, Type }) => [Name, Type]));

describe('the tables', () => {
  it('are those that SQL asks, and the views over them', () => {
    expect([...inputs.keys()].sort()).toEqual([...Object.keys(SQL_TABLES), ...SQL_VIEW_NAMES].sort());
  });

  it.each(Object.entries<SqlTable>(SQL_TABLES))(
    '%s reckons its partitions from their names',
    (name, table) => {
      const { Parameters, PartitionKeys, StorageDescriptor } = inputOf(name);
      const bucket = table.bucket === 'archive' ? 'BucketsArchive' : 'BucketsQueryResults';
      expect(namesAndTypes(StorageDescriptor.Columns)).toEqual(table.columns);
      expect(PartitionKeys.map((key) => key.Name)).toEqual(Object.keys(table.partitions));
      if (PartitionKeys.length === 0) {
        expect(spelled(StorageDescriptor.Location)).toBe(`s3://${bucket}/${table.folder}`);
        return;
      }
      expect(Parameters['projection.enabled']).toBe('true');
      expect(spelled(Parameters['storage.location.template'])).toBe(`s3://${bucket}/${table.folder}`);
      // Athena fails a query of a table that has a partition column without a projection.
      for (const key of PartitionKeys) {
        expect(Parameters).toHaveProperty([`projection.${key.Name}.type`]);
        expect(table.folder).toContain(`\${${key.Name}}`);
      }
    },
  );

  it.each(['raw_events', 'raw_receipts', 'raw_rejected'])(
    '%s knows all days up to tomorrow, and their hours',
    (name) => {
      expect(inputOf(name).Parameters).toMatchObject({
        'projection.dt.type': 'date',
        'projection.dt.format': 'yyyy-MM-dd',
        'projection.dt.range': '2026-01-01,NOW+1DAYS',
        'projection.hour.type': 'enum',
        'projection.hour.values': Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(
          ',',
        ),
      });
    },
  );

  it.each(['Events', 'Receipts', 'Rejected'])('lie where Firehose writes them: %s', (name) => {
    const { Properties } = resourceOf(
      template,
      'AWS::KinesisFirehose::DeliveryStream',
      `Archive${name}Firehose`,
    );
    const { Prefix } = Properties['ExtendedS3DestinationConfiguration'] as { Prefix: string };
    const table = SQL_TABLES[`raw_${name.toLowerCase()}` as SqlTableName];
    const written = Prefix.replace('!{timestamp:yyyy-MM-dd}', '${dt}').replace('!{timestamp:HH}', '${hour}');
    expect(table.folder).toBe(written);
  });

  it.each(Object.keys(WORK_TABLES) as WorkTable[])('lie where an audit writes them: %s', (table) => {
    const fence = { day: '2026-11-20', runNumber: 3 };
    const name = `audit_${WORK_TABLES[table]}` as SqlTableName;
    expect(sqlFolder(name, { dt: '2026-11-20', run: '3' })).toBe(
      `${WORK_PREFIX}${workFolder(fence, table)}/`,
    );
  });

  it('lie where an audit writes them: acts', () => {
    expect(`${EVIDENCE_PREFIX}${actFile(1)}`).toContain(sqlFolder('raw_acts'));
  });

  it('have no range that a run could lie outside of, and be read as nothing', () => {
    for (const name of Object.keys(SQL_TABLES).filter((each) => each.startsWith('audit_'))) {
      const { Parameters, PartitionKeys } = inputOf(name);
      const types = PartitionKeys.map((key) => Parameters[`projection.${key.Name}.type`]);
      expect(new Set(types)).toEqual(new Set(['injected']));
    }
  });

  it('keep a line whole, and a name as it is: nothing quotes, and nothing escapes', () => {
    const serdeOf = (name: string): unknown => inputOf(name).StorageDescriptor.SerdeInfo;
    const SerializationLibrary = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';
    expect(serdeOf('raw_events')).toEqual({
      SerializationLibrary,
      Parameters: { 'serialization.format': '1' },
    });
    expect(serdeOf('audit_snapshot')).toEqual({
      SerializationLibrary,
      Parameters: { 'serialization.format': '\t', 'field.delim': '\t' },
    });
  });

  it('begin with the day that the stack was told', () => {
    const since = made({ archiveSince: '2027-03-01' }).template;
    since.hasResourceProperties('AWS::Glue::Table', {
      TableInput: { Parameters: Match.objectLike({ 'projection.dt.range': '2027-03-01,NOW+1DAYS' }) },
    });
  });
});

describe('the views', () => {
  const viewOf = (name: string): Record<string, unknown> => {
    const [, encoded = ''] =
      /^\/\* Presto View: (\S+) \*\/$/.exec(inputOf(name).ViewOriginalText ?? '') ?? [];
    return JSON.parse(Buffer.from(encoded, 'base64').toString()) as Record<string, unknown>;
  };

  it.each(SQL_VIEW_NAMES)('%s is the text of its file', (name) => {
    const text = readFileSync(join(SQL, `${sqlFileOf(name)}.sql`), 'utf8');
    expect(viewOf(name)).toMatchObject({ originalSql: viewQuery(text), schema: analytics.databaseName });
    expect(inputOf(name)).toMatchObject({
      TableType: 'VIRTUAL_VIEW',
      Parameters: { presto_view: 'true' },
    });
  });

  // An engine that keeps the columns refuses the view when its query answers others.
  it.each(SQL_VIEW_NAMES)('%s has the columns that its query answers', async (name) => {
    const directory = await makeTemporaryDirectory();
    const buckets = { archive: 'a', queryResults: 'q' };
    const { columns } = await runQuery(`select * from ${name}`, { directory, database: 'd', buckets });
    await removeDirectory(directory);
    expect(viewOf(name)['columns']).toEqual(columns);
    expect(Object.entries(namesAndTypes(inputOf(name).StorageDescriptor.Columns))).toEqual(
      Object.entries(SQL_VIEWS[name].columns),
    );
  });
});

describe('the workgroup', () => {
  it('enforces encryption, a place, and a bound to what a query reads', () => {
    const properties = (of: Template): unknown =>
      resourceOf(of, 'AWS::Athena::WorkGroup', 'AnalyticsWorkGroup').Properties;
    expect(properties(template)).toMatchObject({
      Name: analytics.workGroupName,
      RecursiveDeleteOption: true,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
        PublishCloudWatchMetricsEnabled: true,
        BytesScannedCutoffPerQuery: 2 ** 40,
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
      },
    });
    expect(properties(made({ queryScanMax: Size.gibibytes(1) }).template)).toMatchObject({
      WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 2 ** 30 },
    });
  });

  it('has a named query for each file of sql/analysts, text and all', () => {
    const named = Object.values(resourcesOf(template))
      .filter(({ Type }) => Type === 'AWS::Athena::NamedQuery')
      .map(({ Properties }) => Properties as Record<string, string>);
    const files = readdirSync(join(SQL, 'analysts'));
    expect(named.map((query) => `${query['Name']}.sql`).sort()).toEqual(files.sort());
    for (const query of named) {
      const text = readFileSync(join(SQL, 'analysts', `${query['Name']}.sql`), 'utf8');
      expect(query).toMatchObject({ QueryString: text, WorkGroup: analytics.workGroupName });
      expect(text).toContain(`-- ${query['Description']}\n`);
    }
  });

  it('and the database bear names that Athena takes', () => {
    expect(analytics.databaseName).toMatch(/^[a-z][a-z0-9_]{0,127}$/);
    expect(analytics.workGroupName).toMatch(/^[a-zA-Z0-9._-]{1,128}$/);
  });
});

describe('permissions', () => {
  const OF = 'arn:AWS::Partition';
  const PLACE = 'AWS::Region:AWS::AccountId';
  const workGroup = `${OF}:athena:${PLACE}:workgroup/${analytics.workGroupName}`;
  const { databaseName } = analytics;
  const tables = Object.keys(SQL_TABLES).filter((name) => !['raw_acts', 'raw_rejected'].includes(name));
  const READ = ['glue:GetPartitions', 'glue:GetTable'];
  const WRITE = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'];

  it('to run queries reach what an audit asks, and no further', () => {
    expect(grantsOf(template, 'Runner')).toEqual({
      [workGroup]: [
        'athena:GetQueryExecution',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ].sort(),
      [`${OF}:athena:${PLACE}:datacatalog/AwsDataCatalog`]: ['athena:GetDataCatalog'],
      [`${OF}:glue:${PLACE}:catalog`]: ['glue:GetDatabase', ...READ],
      [`${OF}:glue:${PLACE}:database/default`]: ['glue:GetDatabase'],
      [`${OF}:glue:${PLACE}:database/${databaseName}`]: ['glue:GetDatabase', ...READ],
      ...Object.fromEntries(
        tables.map((name) => [`${OF}:glue:${PLACE}:table/${databaseName}/${name}`, READ]),
      ),
      'BucketsArchive.Arn': ['s3:GetBucketLocation', 's3:ListBucket'],
      'BucketsArchive.Arn/events/*': ['s3:GetObject'],
      'BucketsArchive.Arn/receipts/*': ['s3:GetObject'],
      'BucketsQueryResults.Arn': ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      'BucketsQueryResults.Arn/athena/*': WRITE,
      'BucketsQueryResults.Arn/work/*': WRITE,
    });
  });

  it('to read results reach the results', () => {
    expect(grantsOf(template, 'Reader')).toEqual({
      [workGroup]: ['athena:GetQueryExecution'],
      'BucketsQueryResults.Arn/athena/*': ['s3:GetObject'],
    });
  });
});
