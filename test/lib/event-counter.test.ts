import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventCounter, TallyStack } from '../../lib/index.js';
import { makeApp, resourcesOf, synthesise } from './synthesised.js';

const FUNCTION = 'AWS::Lambda::Function';
const template = synthesise({ alarmEmail: 'ops@example.com' });

describe('EventCounter', () => {
  // A renamed construct replaces its resource, and a replaced table is an empty one. Versions are named by their content.
  it('keeps its logical ids', () => {
    const ids = Object.entries(resourcesOf(template)).map(([id, { Type }]) => `${Type} ${id}`);
    const stable = ids.map((line) => line.replace(/(CurrentVersion[0-9A-F]{8})\w{32}$/, '$1'));
    expect(stable.sort()).toMatchSnapshot();
  });

  it('runs each of its functions in the same way', () => {
    template.resourceCountIs(FUNCTION, 8);
    template.allResourcesProperties(FUNCTION, {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'INFO' },
      Environment: { Variables: Match.objectLike({ NODE_OPTIONS: '--enable-source-maps' }) },
      TracingConfig: Match.absent(),
    });
    synthesise({ isTraced: true }).allResourcesProperties(FUNCTION, { TracingConfig: { Mode: 'Active' } });
  });

  it('lets no log grow for ever', () => {
    template.allResources('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });

  it('tells its functions what they are to count with', () => {
    const settings = {
      TALLY_LANE_COUNT: '64',
      TALLY_STRIPE_COUNT: '4',
      TALLY_LATENESS_MS: '172800000',
      TALLY_STREAM_RETENTION_MS: '604800000',
    };
    const environmentsWith = (name: string): Record<string, unknown>[] =>
      Object.values(resourcesOf(template))
        .filter(({ Type }) => Type === FUNCTION)
        .map(
          ({ Properties }) => (Properties['Environment'] as { Variables: Record<string, unknown> }).Variables,
        )
        .filter((variables) => name in variables);
    expect(environmentsWith('TALLY_FRESHNESS_MS')).toEqual([
      expect.objectContaining({ ...settings, TALLY_FRESHNESS_MS: '5000' }),
    ]);
    const [ingest, count, query] = environmentsWith('TALLY_LANE_COUNT');
    for (const environment of [ingest, count, query]) expect(environment).toMatchObject(settings);
  });

  it('tells a person of alarms by mail', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
    template.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('AlarmTopic') }],
    });
    synthesise().resourceCountIs('AWS::SNS::Topic', 0);
  });

  it('fits into another stack, more than once', () => {
    const stack = new Stack(makeApp(), 'Theirs');
    const [web, mobile] = ['Web', 'Mobile'].map((id) => new EventCounter(stack, id, { stripes: 1 }));
    Template.fromStack(stack).resourceCountIs('AWS::Kinesis::Stream', 2);
    expect(web?.ingestUrl).not.toBe(mobile?.ingestUrl);
  });

  it('refuses props that can not work', () => {
    expect(() => new EventCounter(new Stack(), 'Tally', { lanes: 3 })).toThrow(/lanes is 3; accepted/);
  });
});

describe('TallyStack', () => {
  it('says where to send events, where to look, how to ask SQL, and how to make a key', () => {
    const outputs = Template.fromStack(new TallyStack(makeApp(), 'Tally')).findOutputs('*');
    expect(Object.keys(outputs).sort()).toEqual([
      'AskSql',
      'Dashboard',
      'IngestUrl',
      'MakeKey',
      'StartAudit',
      'Verify',
    ]);
    expect(JSON.stringify(outputs['IngestUrl'])).toContain('/v1/events');
    expect(JSON.stringify(outputs['Dashboard'])).toMatch(/#dashboards\/dashboard\/.*ObservabilityDashboard/);
    expect(JSON.stringify(outputs['StartAudit'])).toMatch(/start-execution.*AuditStateMachine/);
    expect(JSON.stringify(outputs['MakeKey'])).toMatch(/tally keys create.*TablesKeys/);
  });

  it('says where the console is, where there is one', () => {
    const outputs = Template.fromStack(
      new TallyStack(makeApp(), 'Tally', { counter: { console: true } }),
    ).findOutputs('Console');
    expect(JSON.stringify(outputs)).toMatch(/https:.*ConsoleDistribution.*DomainName/);
  });
});
