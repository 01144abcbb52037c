import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EventCounterProps } from './event-counter-props.js';
import { EventCounter } from './event-counter.js';

export interface TallyStackProps extends StackProps {
  /** @default - every default of `EventCounterProps` */
  readonly counter?: EventCounterProps;
}

/** One `EventCounter` in a stack of its own: what `npm run deploy` deploys. */
export class TallyStack extends Stack {
  public readonly counter: EventCounter;

  public constructor(scope: Construct, id: string, { counter, ...props }: TallyStackProps = {}) {
    super(scope, id, props);
    this.counter = new EventCounter(this, 'EventCounter', counter);
    new CfnOutput(this, 'IngestUrl', {
      description: 'POST events here',
      value: this.counter.ingestUrl,
    });
    new CfnOutput(this, 'Dashboard', {
      description: 'Look here first: are counts right, how fresh are they, what do they cost',
      value: this.counter.observability.dashboardUrl,
    });
    const { workGroupName, databaseName } = this.counter.analytics;
    new CfnOutput(this, 'AskSql', {
      description: 'Asks the archive in SQL; the workgroup also has named queries',
      value: `npx tally sql --workgroup ${workGroupName} --database ${databaseName} "select * from acts"`,
    });
    if (this.counter.console !== undefined)
      new CfnOutput(this, 'Console', {
        description: 'The console: counts, days and what audits found; asks for a key',
        value: this.counter.console.url,
      });
    new CfnOutput(this, 'StartAudit', {
      description:
        'Audits every day that is due; with --input \'{"day":"2026-11-20"}\' that day, and with "trust":"journal" or "archive" beside it decides one that is held',
      value: this.counter.audit.startCommand,
    });
    new CfnOutput(this, 'MakeKey', {
      description: 'Makes an API key and prints it once',
      value: `npx tally keys create --scope ingest,read --table ${this.counter.tables.keys.tableName}`,
    });
    const { days, totals } = this.counter.tables;
    new CfnOutput(this, 'Verify', {
      description: 'Computes the digests of all sealed days again, and compares them with what queries read',
      value:
        `npx tally verify --bucket ${this.counter.buckets.archive.bucketName} ` +
        `--table ${days.tableName} --totals ${totals.tableName}`,
    });
  }
}
