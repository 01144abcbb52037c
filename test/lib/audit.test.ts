import { SUBSTITUTIONS } from '../../lib/audit-definition.js';
import { statesOf, type Definition } from '../lambdas/local-state-machine.js';
import { resourceOf, synthesise } from './synthesised.js';

const template = synthesise();
const { Properties: machine } = resourceOf(template, 'AWS::StepFunctions::StateMachine', 'AuditStateMachine');
const text = machine['DefinitionString'] as string;
const definition = JSON.parse(text) as Definition & { readonly TimeoutSeconds: number };

interface State {
  readonly Type: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Resource?: string;
  readonly MaxConcurrency?: number;
  readonly Seconds?: number;
}
const states = [...statesOf(definition)] as [string, State][];
const tasks = states.filter(([, { Type }]) => Type === 'Task');

describe('the state machine', () => {
  it('knows everything that its definition leaves to the deployment, and nothing else', () => {
    const left = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect([...new Set(left)].sort()).toEqual([...SUBSTITUTIONS].sort());
    expect(Object.keys(machine['DefinitionSubstitutions'] as object).sort()).toEqual(
      [...SUBSTITUTIONS].sort(),
    );
  });

  it('is standard, in JSONPath, and ends before the next night', () => {
    expect(machine['StateMachineType']).toBe('STANDARD');
    expect(text).not.toContain('JSONata');
    expect(definition.TimeoutSeconds).toBeLessThan(86_400);
  });

  it('tries each task again, and never what can not be mended', () => {
    for (const [name, { Retry = [] }] of tasks) {
      const isQuery = name.startsWith('Run');
      const errors = Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect([name, errors.includes('States.ALL')]).toEqual([name, !isQuery]);
      const never = Retry.filter(({ MaxAttempts }) => MaxAttempts === 0).flatMap(
        ({ ErrorEquals }) => ErrorEquals,
      );
      expect([name, never]).toEqual([name, isQuery ? [] : ['FenceLostError', 'TallyError']]);
    }
  });

  it('catches only that a newer run overtook it: anything else fails the execution', () => {
    const caught = states.flatMap(([, state]) => state.Catch ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(new Set(caught)).toEqual(new Set(['FenceLostError']));
    expect(states.filter(([, { Type }]) => Type === 'Fail')).toEqual([]);
  });

  it('takes one day after the other, and a day`s totals too', () => {
    const oneByOne = states.filter(([, { MaxConcurrency }]) => MaxConcurrency === 1).map(([name]) => name);
    expect(oneByOne).toEqual(['AuditDays', 'PutTotals']);
  });

  it('is traced where everything is', () => {
    expect(machine['TracingConfiguration']).toEqual({ Enabled: false });
    synthesise({ isTraced: true }).hasResourceProperties('AWS::StepFunctions::StateMachine', {
      TracingConfiguration: { Enabled: true },
    });
  });
});

describe('the schedule', () => {
  const scheduleOf = (of = template) =>
    resourceOf(of, 'AWS::Scheduler::Schedule', 'AuditSchedule').Properties;

  it('starts a round each night, at three in UTC or when it is told to', () => {
    expect(scheduleOf()).toMatchObject({
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Input: '{}' },
    });
    expect(scheduleOf(synthesise({ auditAt: '22:45' }))).toMatchObject({
      ScheduleExpression: 'cron(45 22 * * ? *)',
    });
  });

  it('leaves a round that it can not start in an encrypted queue', () => {
    expect(scheduleOf()).toMatchObject({
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 } },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});
