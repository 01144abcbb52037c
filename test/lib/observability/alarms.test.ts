import { Match, type Template } from 'aws-cdk-lib/assertions';
import { resourcesOf } from '../synthesised.js';
import { evaluate } from './evaluate.js';
import { expressionsOf, flat } from './metrics-of.js';
import { STACKS, templateWith } from './stacks.js';

interface Alarm {
  readonly AlarmName: unknown;
  readonly AlarmDescription: unknown;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData: string;
  readonly Period?: number;
  readonly Metrics?: readonly {
    readonly MetricStat?: { readonly Period: number };
    readonly ReturnData?: boolean;
  }[];
}

const template = templateWith();

const alarmsOf = (template: Template): [string, Alarm][] =>
  Object.values(resourcesOf(template))
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as Alarm)
    .map((alarm) => [flat(alarm.AlarmName).split(' ').at(-1) ?? '', alarm]);

const alarmOf = (name: string): Alarm => {
  const found = alarmsOf(template).find(([found]) => found === name);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found[1];
};

const periodOf = ({ Period, Metrics = [] }: Alarm): number =>
  Period ?? Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])[0] ?? NaN;

/** Alarms whose silence is what they are there for. */
const RINGS_WHEN_SILENT = ['AuditMissing', 'IteratorAgeHigh'];

describe('alarms', () => {
  it.each([...new Map(alarmsOf(template))])('%s can fire, and says what it needs to', (name, alarm) => {
    const description = flat(alarm.AlarmDescription);
    expect(description).toMatch(/^[A-Z].*[.] Missing data means .*[.] Runbook: /);
    expect(description.endsWith(`docs/RUNBOOK.md#${name.toLowerCase()}`)).toBe(true);
    expect(description.length).toBeLessThan(1_024);
    expect(alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods).toBeLessThanOrEqual(alarm.EvaluationPeriods);
    // CloudWatch looks back a day at most, or a week where periods are an hour or more.
    const range = periodOf(alarm) * alarm.EvaluationPeriods;
    expect(range).toBeLessThanOrEqual(periodOf(alarm) < 3_600 ? 86_400 : 604_800);
    // No metric of these is negative: "at least 0" would always ring, "below 0" never.
    expect(alarm.Threshold).toBeGreaterThan(0);
    expect(alarm.TreatMissingData).toBe(RINGS_WHEN_SILENT.includes(name) ? 'breaching' : 'notBreaching');
    expect((alarm.Metrics ?? []).filter(({ ReturnData = true }) => ReturnData).length).toBeLessThanOrEqual(1);
  });

  it('rings below what cannot be below only where that is meant', () => {
    const below = alarmsOf(template).filter(
      ([, { ComparisonOperator }]) => ComparisonOperator === 'LessThanThreshold',
    );
    expect([...new Set(below.map(([name]) => name))].sort()).toEqual([
      'AuditMissing',
      'EventsDeliveryFailing',
      'ReceiptsDeliveryFailing',
      'RejectedDeliveryFailing',
    ]);
  });

  it('follows the stack in what it calls late', () => {
    const thresholdIn = (template: Template, name: string): number | undefined =>
      alarmsOf(template).find(([found]) => found === name)?.[1].Threshold;
    expect(thresholdIn(template, 'IteratorAgeHigh')).toBe((7 * 86_400_000) / 4);
    expect(thresholdIn(template, 'FreshnessLate')).toBe(315_000);
    expect(alarmOf('SealLate').Threshold).toBe(5);
  });
});

describe('CountingStopped', () => {
  const expression =
    expressionsOf(template).find(({ where }) => where.includes('CountingStopped'))?.expression ?? '';

  it.each<[string, Record<string, number>, number]>([
    ['all is well', { accepted: 100, arrived: 2, counted: 90, duplicate: 10, refused: 0, passed: 2 }, 0],
    ['only heartbeats come', { arrived: 20, passed: 20 }, 0],
    ['heartbeats pass and no event is counted', { accepted: 9, arrived: 20, passed: 20 }, 1],
    ['nothing comes', { accepted: 0, arrived: 0, counted: 0 }, 0],
    ['nothing comes, and all are silent', {}, 0],
    ['nothing is counted', { accepted: 100, arrived: 2, counted: 0, duplicate: 0 }, 1],
    ['counting is silent', { accepted: 100, arrived: 2 }, 1],
    ['our own metrics are all silent', { arrived: 2 }, 1],
    ['Kinesis is silent', { accepted: 100 }, 1],
    ['only retries come', { accepted: 5, arrived: 1, counted: 0, duplicate: 5, passed: 1 }, 0],
    ['only what cannot be counted comes', { arrived: 1, refused: 3, passed: 1 }, 0],
  ])('where %s', (_, metrics, rings) => {
    expect(evaluate(expression, metrics)).toBe(rings);
  });
});

describe('shares', () => {
  const expressionOf = (name: string): string =>
    expressionsOf(template).find(({ where }) => where.includes(name))?.expression ?? '';

  it.each<[string, Record<string, number>, number]>([
    ['ServerErrors', { errors: 1, requests: 200 }, 0.5],
    ['ServerErrors', { requests: 200 }, 0],
    ['ServerErrors', {}, 0],
    ['ServerErrors', { errors: 0, requests: 0 }, 0],
    ['EventsRejected', { accepted: 95, rejected: 5 }, 5],
    ['EventsRejected', { rejected: 5 }, 100],
    ['EventsRejected', {}, 0],
  ])('%s of %j is %d %%', (name, metrics, percent) => {
    expect(evaluate(expressionOf(name), metrics)).toBe(percent);
  });
});

describe('what sums up', () => {
  const ruleOf = (name: string): string => {
    const found = Object.entries(resourcesOf(template)).find(
      ([id, { Type }]) =>
        Type === 'AWS::CloudWatch::CompositeAlarm' && id.startsWith(`TallyObservabilityAlarms${name}`),
    );
    return flat(found?.[1].Properties['AlarmRule']);
  };
  const membersOf = (name: string): string[] =>
    [...ruleOf(name).matchAll(/<(\w+?)[0-9A-F]{8}\.Arn>/g)].map(([, id = '']) =>
      id.replace(/^.*(Alarms|Counting(?=SetAside))/, ''),
    );

  it('knows what is wrong from what is late', () => {
    expect(membersOf('CountingWrong')).toEqual(['SetAsideAlarm', 'LinesRejected', 'AuditDrift']);
    expect(membersOf('CountingLate')).toEqual([
      'CountingStopped',
      'FreshnessLate',
      'CountErrors',
      'CountThrottled',
      'JournalWritesThrottled',
      'CountersWritesThrottled',
    ]);
    expect(ruleOf('CountingLate')).toMatch(/^\(ALARM\(".*"\)( OR ALARM\(".*"\))*\)$/);
  });
});

describe('who is told', () => {
  const [, mailed] = STACKS.at(-1) ?? [];
  const template = templateWith(mailed);

  it('is told of every alarm once: of a swarm by what sums it up', () => {
    const resources = Object.values(resourcesOf(template)).filter(({ Type }) =>
      /CloudWatch::(Composite)?Alarm$/.test(Type),
    );
    const silent = resources
      .filter(({ Properties }) => Properties['AlarmActions'] === undefined)
      .map(({ Properties }) => flat(Properties['AlarmName']).split(' ').at(-1));
    expect(silent.sort()).toEqual([
      'AuditDrift',
      'CountErrors',
      'CountThrottled',
      'CountersWritesThrottled',
      'CountingStopped',
      'FreshnessLate',
      'JournalWritesThrottled',
      'LinesRejected',
      'SetAsideAlarm',
    ]);
  });

  it('hears: CloudWatch may publish, under a policy that replaces the default one', () => {
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.absent() });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});
