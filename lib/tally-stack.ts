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
    if (this.counter.console !== undefined)
      new CfnOutput(this, 'Console', {
        description: 'The console: counts, days and what audits found; asks for a key',
        value: this.counter.console.url,
      });
    new CfnOutput(this, 'MakeKey', {
      description: 'Makes an API key and prints it once',
      value: `npx tally keys create --scope ingest,read --table ${this.counter.tables.keys.tableName}`,
    });
  }
}
