import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { withDefaults } from '../../lib/event-counter-props.js';
import { Tables } from '../../lib/tables.js';
import type { EventCounterProps } from '../../lib/index.js';
import { grantsOf, resourceOf, resourcesOf, synthesisePart } from './synthesised.js';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const synthesise = (props: EventCounterProps = {}): Template =>
  synthesisePart(props, (scope, config) => new Tables(scope, 'Tables', config));
const template = synthesise();

const propertiesOf = (name: string, of = template) => resourceOf(of, TABLE, `Tables${name}`).Properties;

const replicasOf = (name: string, of = template): Record<string, unknown>[] =>
  propertiesOf(name, of)['Replicas'] as Record<string, unknown>[];

describe('Tables', () => {
  // cdk-nag has no rules for this resource type: what it would check is checked here.
  it.each([
    ['Journal', 'journal', 'number:N', 'expiresAtSeconds', false],
    ['Counters', 'counter', 'shard:S', 'expiresAtSeconds', true],
    ['Totals', 'counter', 'day:S', undefined, true],
    ['Days', 'kind', 'name:S', undefined, true],
    ['Catalog', 'kind', 'type:S', undefined, true],
    ['Keys', 'id', undefined, undefined, true],
  ])('%s has its keys, expiry and recovery', (name, partition, sort, expiry, isRecoverable) => {
    const properties = propertiesOf(name);
    const [sortName, sortType] = sort?.split(':') ?? [];
    expect(properties['KeySchema']).toEqual([
      { AttributeName: partition, KeyType: 'HASH' },
      ...(sort ? [{ AttributeName: sortName, KeyType: 'RANGE' }] : []),
    ]);
    expect(properties['AttributeDefinitions']).toEqual([
      { AttributeName: partition, AttributeType: 'S' },
      ...(sort ? [{ AttributeName: sortName, AttributeType: sortType }] : []),
    ]);
    expect(properties['TimeToLiveSpecification']).toEqual(expiry && { AttributeName: expiry, Enabled: true });
    expect(properties['BillingMode']).toBe('PAY_PER_REQUEST');
    const [replica] = replicasOf(name);
    expect(replica).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: isRecoverable },
    });
  });

  it('are six, each in one region: conditional writes do not span regions', () => {
    const tables = Object.values(resourcesOf(template)).filter(({ Type }) => Type === TABLE);
    expect(tables).toHaveLength(6);
    for (const { Properties } of tables) expect(Properties['Replicas']).toHaveLength(1);
  });

  it('outlive the stack, and an update that would replace them', () => {
    template.allResources(TABLE, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('go with the stack where that is asked for', () => {
    const disposable = synthesise({ removalPolicy: RemovalPolicy.DESTROY });
    disposable.allResources(TABLE, { DeletionPolicy: 'Delete' });
    expect(replicasOf('Counters', disposable)[0]).toMatchObject({ DeletionProtectionEnabled: false });
  });

  it('scale provisioned capacity by themselves, for the Journal and the Counters only', () => {
    const provisioned = synthesise({
      tableCapacity: { reads: { min: 10, max: 100 }, writes: { min: 50, max: 40_000 } },
    });
    for (const name of ['Journal', 'Counters']) {
      expect(propertiesOf(name, provisioned)['BillingMode']).toBe('PROVISIONED');
      expect(propertiesOf(name, provisioned)['WriteProvisionedThroughputSettings']).toMatchObject({
        WriteCapacityAutoScalingSettings: { MinCapacity: 50, MaxCapacity: 40_000 },
      });
      expect(replicasOf(name, provisioned)[0]).toMatchObject({
        ReadProvisionedThroughputSettings: {
          ReadCapacityAutoScalingSettings: { MinCapacity: 10, MaxCapacity: 100 },
        },
      });
    }
    expect(propertiesOf('Totals', provisioned)['BillingMode']).toBe('PAY_PER_REQUEST');
  });

  it('are warm where that is asked for', () => {
    const warm = synthesise({ warmThroughput: { readsPerSecond: 20_000, writesPerSecond: 30_000 } });
    warm.resourcePropertiesCountIs(
      TABLE,
      { WarmThroughput: { ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 30_000 } },
      2,
    );
    template.resourcePropertiesCountIs(TABLE, { WarmThroughput: Match.anyValue() }, 0);
  });

  it('let whoever manages keys make, list and revoke them, and not delete', () => {
    const withPeople = synthesisePart({}, (scope, config) => {
      const people = new Role(scope, 'People', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
      new Tables(scope, 'Tables', config).grantManageKeys(people);
    });
    expect(grantsOf(withPeople, 'People')).toEqual({
      'TablesKeys.Arn': ['dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
    });
  });

  it('have a metric that names the table', () => {
    const tables = new Tables(new Stack(), 'Tables', withDefaults({}));
    const { metricName, namespace, dimensions } = tables.metricWriteThrottlesSum(tables.journal);
    expect({ metricName, namespace }).toEqual({
      metricName: 'WriteThrottleEvents',
      namespace: 'AWS/DynamoDB',
    });
    expect(Object.keys(dimensions ?? {})).toEqual(['TableName']);
  });
});
