/** Whatever a stack is made of: its dashboard synthesises, and no alarm of it is one that can't ring, or that always does. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { ServiceName } from '../../../core/metric-names.js';
import { resourcesOf } from '../synthesised.js';
import { writtenBy } from './emitters.js';
import { evaluate } from './evaluate.js';
import { faultOf } from './known-metrics.js';
import { flat, metricsOf, type FoundMetric } from './metrics-of.js';
import { COMBINATIONS, templateWith } from './stacks.js';

interface AlarmProperties {
  readonly AlarmName: unknown;
  readonly MetricName?: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly { readonly Id: string; readonly Expression?: string }[];
}

const RETENTION_DAYS_MIN = 2;
const RETENTION_MS = RETENTION_DAYS_MIN * 86_400_000;

/** The worst that each metric can come to in the shortest-lived stack, and what it is when all is well. */
const EXTREMES: Readonly<Record<string, { readonly worst: number; readonly calm: number }>> = {
  Errors: { worst: 1_000, calm: 0 },
  Throttles: { worst: 1_000, calm: 0 },
  OnFailureDestinationDeliveredEventCount: { worst: 1, calm: 0 },
  linesRejectedCount: { worst: 1, calm: 0 },
  // Older than the stream keeps them, nothing is read, counted or delivered any more.
  freshnessMs: { worst: RETENTION_MS, calm: 5_000 },
  'GetRecords.IteratorAgeMilliseconds': { worst: RETENTION_MS, calm: 5_000 },
  'DeliveryToS3.DataFreshness': { worst: 86_400, calm: 300 },
  'DeliveryToS3.Success': { worst: 0, calm: 1 },
  'PutRecords.ThrottledRecords': { worst: 1_000, calm: 0 },
  WriteThrottleEvents: { worst: 1_000, calm: 0 },
  auditDriftCount: { worst: 1, calm: 0 },
  auditDoubtsCount: { worst: 1, calm: 0 },
  // Of a stack that seals each day as soon as it may, with the longest lateness; and of one that has not for a year.
  lastSealedDayAgeDays: { worst: 365, calm: 1 },
  itemsOverdueCount: { worst: 1, calm: 0 },
  ApproximateNumberOfMessagesVisible: { worst: 1, calm: 0 },
};

/** By the ids that expressions use. */
const WORST = {
  ...{ accepted: 1_000, arrived: 1_000, counted: 0, duplicate: 0, refused: 0, passed: 0 },
  ...{ errors: 1_000, requests: 1_000, rejected: 1_000, runs: 0, failed: 1, timedOut: 0 },
};
const CALM = {
  ...{ accepted: 1_000, arrived: 1_000, counted: 1_000, duplicate: 0, refused: 0, passed: 10 },
  ...{ errors: 0, requests: 1_000, rejected: 0, runs: 1, failed: 0, timedOut: 0 },
};

const rings = ({ ComparisonOperator, Threshold }: AlarmProperties, value: number): boolean =>
  ComparisonOperator === 'LessThanThreshold' ? value < Threshold : value >= Threshold;

function valueOf(alarm: AlarmProperties, when: 'worst' | 'calm'): number {
  const expression = alarm.Metrics?.find(({ Expression }) => Expression !== undefined)?.Expression;
  if (expression !== undefined) return evaluate(expression, when === 'worst' ? WORST : CALM);
  return EXTREMES[alarm.MetricName ?? '']?.[when] ?? NaN;
}

const nameOf = ({ AlarmName }: AlarmProperties): string => flat(AlarmName).split(' ').at(-1) ?? '';

const alarmsOf = (template: Template): AlarmProperties[] =>
  Object.values(resourcesOf(template))
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as AlarmProperties);

function checkAlarms(template: Template): void {
  const alarms = alarmsOf(template);
  const named = (wrong: (alarm: AlarmProperties) => boolean): string[] => alarms.filter(wrong).map(nameOf);
  expect(alarms.length).toBeGreaterThan(20);
  expect(named((alarm) => !rings(alarm, valueOf(alarm, 'worst')))).toEqual([]);
  expect(named((alarm) => rings(alarm, valueOf(alarm, 'calm')))).toEqual([]);
  // What is asked to be at least so much must ring when it is silent; other silences mean that nothing is wrong.
  const isAbsence = (alarm: AlarmProperties): boolean =>
    ['AuditMissing', 'IteratorAgeHigh'].includes(nameOf(alarm));
  expect(named((alarm) => (alarm.TreatMissingData === 'breaching') !== isAbsence(alarm))).toEqual([]);
}

const ROWS = ['API', 'Ingest', 'Stream', 'Count', 'Tables', 'Archive', 'Audit'];

interface Widget {
  readonly type: string;
  readonly y: number;
  readonly properties: { readonly title?: string; readonly markdown?: string };
}

const widgetsOf = (template: Template): Widget[][] =>
  Object.values(resourcesOf(template))
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')
    .map(({ Properties }) => JSON.parse(flat(Properties['DashboardBody'])) as { widgets: Widget[] })
    .map(({ widgets }) => widgets);

function checkDashboard(widgets: readonly Widget[], rows: readonly string[]): void {
  const titles = widgets.filter(({ y }) => y === 0).map(({ properties }) => properties.title);
  expect(titles).toEqual(['Are counts right?', 'How fresh are they?', 'What do they cost?']);
  const headings = widgets.flatMap(({ properties }) => /^## (.*)/.exec(properties.markdown ?? '')?.[1] ?? []);
  expect(headings).toEqual(rows);
}

/** What is looked at of our own and no code of its service writes. */
const unwrittenIn = (metrics: readonly FoundMetric[]): string[] =>
  metrics
    .filter(({ namespace }) => namespace === 'Tally')
    .filter(({ name, values }) => written.get(values['service'] ?? '')?.has(name) !== true)
    .map(({ where, name }) => `${where}: ${name}`);

const services: readonly ServiceName[] = ['ingest', 'count', 'query', 'audit'];
const written = new Map<string, ReadonlySet<string>>(services.map((name) => [name, writtenBy(name)]));

describe.each(COMBINATIONS.map((props) => [Object.keys(props).join(', ') || 'nothing', props] as const))(
  'a stack that chooses %s',
  (_, props) => {
    const template = templateWith(props);

    it('has no alarm that can not ring, nor one that always does', () => {
      checkAlarms(template);
    });

    it('looks at nothing that does not exist, or that no code of the service writes', () => {
      const metrics = metricsOf(template);
      expect(metrics.map(faultOf).filter(Boolean)).toEqual([]);
      expect(metrics.filter(({ namespace }) => namespace === 'Tally').length).toBeGreaterThan(10);
      expect(unwrittenIn(metrics)).toEqual([]);
    });

    it('answers the three questions first, and then goes by stages', () => {
      for (const widgets of widgetsOf(template)) checkDashboard(widgets, ROWS);
    });
  },
);

describe('the check itself', () => {
  it('finds out what a service writes, and what it does not', () => {
    expect(written.get('ingest')).toContain('eventsAcceptedCount');
    expect(written.get('count')).toContain('freshnessMs');
    expect(written.get('ingest')).not.toContain('eventsCountedCount');
    expect(written.get('count')).not.toContain('eventsAcceptedCount');
  });
});
