import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventCounter, type EventCounterProps } from '../../../lib/index.js';
import { makeApp } from '../synthesised.js';

const CAPACITY = { min: 1, max: 10 };

/** Options that change what there is to look at. */
export const STACKS: readonly (readonly [string, EventCounterProps])[] = [
  ['by default', {}],
  ['on demand', { streamMode: 'on-demand', lanes: 16 }],
  ['provisioned', { tableCapacity: { reads: CAPACITY, writes: CAPACITY } }],
  [
    'told by mail, with neither gradual deployment nor key',
    { alarmEmail: 'ops@example.com', isDeploymentGradual: false, streamKey: 'aws-managed' },
  ],
];

/** What may be chosen of each option that decides what there is to look at, or how it is judged; the first is the default. */
const CHOICES: readonly (readonly EventCounterProps[])[] = [
  [{}, { streamMode: 'on-demand', lanes: 16 }],
  [{}, { tableCapacity: { reads: CAPACITY, writes: CAPACITY } }],
  [{}, { isDeploymentGradual: false }],
  [{}, { alarmEmail: 'ops@example.com' }],
  [
    {},
    {
      console: true,
      streamKey: 'aws-managed',
      domain: { name: 'a.example.com', certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/c' },
      retention: Duration.days(2),
      freshness: Duration.minutes(5),
      lateness: Duration.days(35),
    },
  ],
];

/** Every way to combine them. */
export const COMBINATIONS: readonly EventCounterProps[] = CHOICES.reduce<readonly EventCounterProps[]>(
  (combined, choices) => combined.flatMap((props) => choices.map((choice) => ({ ...props, ...choice }))),
  [{}],
);

export function templateWith(props: EventCounterProps = {}): Template {
  const stack = new Stack(makeApp(), 'Stack');
  new EventCounter(stack, 'Tally', props);
  return Template.fromStack(stack);
}
