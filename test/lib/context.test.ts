import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { readContext } from '../../lib/context.js';
import { readFileSync } from 'node:fs';
import type { EventCounterProps } from '../../lib/index.js';

const read = (context: Record<string, unknown>): EventCounterProps => readContext(new App({ context }).node);

describe('readContext', () => {
  it('reads what a command line says', () => {
    const props = read({
      lanes: '128',
      stripes: 8,
      freshness: '60s',
      lateness: '72h',
      retention: '14d',
      streamMode: 'provisioned',
      streamKey: 'aws-managed',
      isDeploymentGradual: 'false',
      auditAt: '04:30',
      alarmEmail: 'ops@example.com',
      removalPolicy: 'destroy',
    });
    expect(props).toMatchObject({
      lanes: 128,
      stripes: 8,
      streamMode: 'provisioned',
      streamKey: 'aws-managed',
      isDeploymentGradual: false,
      auditAt: '04:30',
      alarmEmail: 'ops@example.com',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const durations = [props.freshness, props.lateness, props.retention].map((duration) =>
      duration?.toSeconds(),
    );
    expect(durations).toEqual([60, Duration.hours(72).toSeconds(), Duration.days(14).toSeconds()]);
  });

  it('leaves out what is not said, and does not mind what belongs to the CDK', () => {
    expect(read({ '@aws-cdk/core:newStyle': true, 'availability-zones:account=1:region=r': [] })).toEqual({});
  });

  it.each([
    ['context lnes is not known; accepted: alarmEmail, auditAt, console, countConcurrency,', { lnes: '128' }],
    ['context lanes is "many"; accepted: a whole number', { lanes: 'many' }],
    ['context lanes is "-1"; accepted: a whole number', { lanes: '-1' }],
    [
      'context freshness is "5"; accepted: a whole number and a unit, like 5s, 10m, 48h or 7d',
      { freshness: '5' },
    ],
    ['context freshness is "5ms"', { freshness: '5ms' }],
    ['context isDeploymentGradual is "no"; accepted: true, false', { isDeploymentGradual: 'no' }],
    ['context removalPolicy is "keep"; accepted: retain, destroy', { removalPolicy: 'keep' }],
    ['context streamKey is "mine"; accepted: aws-managed', { streamKey: 'mine' }],
  ])('refuses with: %s', (message, context) => {
    expect(() => read(context)).toThrow(message);
  });

  it('knows the keys that docs/deploy.md lists, and no other', () => {
    const deployDoc = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    const [, table = ''] = deployDoc.split('| key | default | what it does |');
    const listed = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(() => read({ unknown: 1 })).toThrow(new RegExp(`accepted: ${listed.sort().join(', ')}$`));
  });
});
