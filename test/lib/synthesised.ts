import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { withDefaults, type EventCounterConfig } from '../../lib/event-counter-props.js';
import { EventCounter, type EventCounterProps } from '../../lib/index.js';

/** Without bundling: a template's meaning does not depend on the code inside its functions. */
export const makeApp = (context: Record<string, unknown> = {}): App =>
  new App({
    context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/aws-iam:minimizePolicies': true, ...context },
  });

export function makeCounter(props: EventCounterProps = {}): EventCounter {
  return new EventCounter(new Stack(makeApp(), 'Stack'), 'Tally', props);
}

/** The template of a stack with nothing but one `EventCounter`. */
export const templateOf = (counter: EventCounter): Template => Template.fromStack(Stack.of(counter));

export const synthesise = (props: EventCounterProps = {}): Template => templateOf(makeCounter(props));

/** The template of a stack with one part of an `EventCounter`: much faster than the whole. */
export function synthesisePart(
  props: EventCounterProps,
  make: (scope: Construct, config: EventCounterConfig) => void,
): Template {
  const stack = new Stack(makeApp(), 'Stack');
  make(new Construct(stack, 'Tally'), withDefaults(props));
  return Template.fromStack(stack);
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export const resourcesOf = (template: Template): Record<string, Resource> =>
  (template.toJSON() as { Resources: Record<string, Resource> }).Resources;

/** The one resource of a type whose logical id, without the hash, is `TallyName`. */
export function resourceOf(template: Template, type: string, name: string): Resource {
  const found = Object.entries(resourcesOf(template)).filter(
    ([id, resource]) => resource.Type === type && withoutHash(id) === `Tally${name}`,
  );
  const [entry] = found;
  if (entry === undefined || found.length > 1) throw new Error(`${found.length} resources ${type} ${name}`);
  return entry[1];
}

const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** `{"Fn::Join": ["", [{"Fn::GetAtt": ["TallyX12345678", "Arn"]}, "/*"]]}` as `X.Arn/*`. */
export function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, args]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (name === 'Ref') return withoutPrefix(String(args));
  if (name === 'Fn::GetAtt') return (args as string[]).map(withoutPrefix).join('.');
  if (name === 'Fn::Join') return (args as [string, unknown[]])[1].map(spelled).join('');
  throw new Error(`can't spell ${JSON.stringify(value)}`);
}

const withoutPrefix = (logicalId: string): string => withoutHash(logicalId).replace(/^Tally/, '');

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** The one condition that is used: DynamoDB's on the partition key. */
function leadingKeyOf(condition: unknown): string {
  const [[name, test]] = Object.entries(condition as Record<string, Record<string, string[]>>) as [
    [string, Record<string, string[]>],
  ];
  if (name !== 'ForAllValues:StringEquals') throw new Error(`condition ${name}`);
  return String(test['dynamodb:LeadingKeys']);
}

/** Everything that a role may do: its actions by resource, both sorted. Throws where a role has more than its own policy. */
export function grantsOf(template: Template, roleName: string): Record<string, string[]> {
  const role = resourceOf(template, 'AWS::IAM::Role', roleName);
  if (role.Properties['ManagedPolicyArns'] ?? role.Properties['Policies'])
    throw new Error('more than one policy');
  const policy = resourceOf(template, 'AWS::IAM::Policy', `${roleName}DefaultPolicy`);
  const { Statement } = policy.Properties['PolicyDocument'] as { Statement: Statement[] };
  const grants: Record<string, string[]> = {};
  for (const statement of Statement) {
    if (statement.Effect !== 'Allow') throw new Error(`effect ${statement.Effect}`);
    for (const place of listed(statement.Resource).map(spelled)) {
      const resource = statement.Condition ? `${place} if ${leadingKeyOf(statement.Condition)}` : place;
      grants[resource] = [...(grants[resource] ?? []), ...(listed(statement.Action) as string[])].sort();
    }
  }
  return grants;
}
