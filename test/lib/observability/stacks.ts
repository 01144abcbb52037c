import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { withDefaults } from '../../../lib/event-counter-props.js';
import { EventCounter, type EventCounterProps } from '../../../lib/index.js';
import { AuditMetrics } from '../../../lib/observability/audit-metrics.js';
import { Observability } from '../../../lib/observability/observability.js';
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

export function templateWith(props: EventCounterProps = {}): Template {
  const stack = new Stack(makeApp(), 'Stack');
  new EventCounter(stack, 'Tally', props);
  return Template.fromStack(stack);
}

/** A stack in which something audits: a second look at the same parts, which knows of it. */
export function templateWithAudit(): Template {
  const stack = new Stack(makeApp(), 'Stack');
  const counter = new EventCounter(stack, 'Tally');
  const config = withDefaults({}, 'audited');
  new Observability(stack, 'Audited', { ...partsOf(counter), config, audit: new AuditMetrics('audited') });
  return Template.fromStack(stack);
}

const partsOf = ({ front, ingest, eventStream, counting, tables, archive, query }: EventCounter) => ({
  front,
  ingest,
  eventStream,
  counting,
  tables,
  archive,
  query,
});
