import { Validations, type App } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallyStack, type EventCounterProps } from '../../lib/index.js';
import { makeApp } from './synthesised.js';

/** An app under cdk-nag, and under CloudFormation's own validation, which this flag turns on. */
function makeCheckedApp(counter: EventCounterProps): { app: App; stack: TallyStack } {
  const app = makeApp({ '@aws-cdk/core:validateAgainstDefaultRules': true });
  const stack = new TallyStack(app, 'Tally', { counter });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}

/** Warnings too, which do not fail a synth. */
function findingsOf(app: App): string[] {
  app.synth();
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string }[] }[];
  };
  return report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}

describe('cdk-nag', () => {
  it.each<[string, EventCounterProps]>([
    ['by default', {}],
    [
      'with every option',
      {
        streamMode: 'on-demand',
        tableCapacity: { reads: { min: 1, max: 10 }, writes: { min: 1, max: 10 } },
        warmThroughput: { readsPerSecond: 20_000, writesPerSecond: 20_000 },
        countConcurrency: 64,
        corsOrigins: ['https://console.example.com'],
        domain: {
          name: 'count.example.com',
          certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/c',
        },
        archiveLifecycle: { infrequentAccessAfterDays: 60 },
        alarmEmail: 'ops@example.com',
        console: true,
        consoleDomain: {
          name: 'console.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/c',
        },
      },
    ],
    ['with the console under a name of its own making', { console: true }],
    [
      'with as few as can be',
      { streamKey: 'aws-managed', isArchiveVersioned: false, isDeploymentGradual: false },
    ],
  ])('finds nothing that is not acknowledged with its reason, %s', (_, counter) => {
    expect(findingsOf(makeCheckedApp(counter).app)).toEqual([]);
  });

  it('does look: what is wrong beside the stack is found', () => {
    const { app, stack } = makeCheckedApp({});
    new Bucket(stack, 'Careless');
    expect(() => app.synth()).toThrow(/Careless/);
  });
});
