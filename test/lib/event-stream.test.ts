import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { Duration, Stack } from 'aws-cdk-lib';
import { withDefaults } from '../../lib/event-counter-props.js';
import { EventStream } from '../../lib/event-stream.js';
import type { EventCounterProps } from '../../lib/index.js';
import { makeApp, synthesisePart } from './synthesised.js';

const STREAM = 'AWS::Kinesis::Stream';

const synthesise = (props: EventCounterProps = {}): Template =>
  synthesisePart(props, (scope, config) => new EventStream(scope, 'EventStream', config));

describe('EventStream', () => {
  const template = synthesise();

  it('keeps events for a week, one provisioned shard per stripe', () => {
    template.hasResourceProperties(STREAM, {
      RetentionPeriodHours: 168,
      ShardCount: 4,
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
    });
    synthesise({ stripes: 16, retention: Duration.days(30) }).hasResourceProperties(STREAM, {
      RetentionPeriodHours: 720,
      ShardCount: 16,
    });
  });

  it('is encrypted with a rotated key of its own, not with the default one', () => {
    const [keyId] = Object.keys(
      template.findResources('AWS::KMS::Key', { Properties: { EnableKeyRotation: true } }),
    );
    template.hasResourceProperties(STREAM, {
      StreamEncryption: { EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } },
    });
  });

  it('uses the key that AWS manages where that is asked for', () => {
    const managed = synthesise({ streamKey: 'aws-managed' });
    managed.resourceCountIs('AWS::KMS::Key', 0);
    managed.hasResourceProperties(STREAM, { StreamEncryption: { KeyId: 'alias/aws/kinesis' } });
  });

  it('outlives the stack, and so does the key without which it could not be read', () => {
    for (const type of [STREAM, 'AWS::KMS::Key']) {
      template.allResources(type, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('leaves the number of shards to Kinesis on demand', () => {
    const onDemand = synthesise({ streamMode: 'on-demand' });
    onDemand.hasResourceProperties(STREAM, { StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
    expect(JSON.stringify(onDemand.toJSON())).not.toContain('ShardCount');
  });

  it.each([
    [1, 'from 1, deploy 2 next'],
    [8, 'from 8, deploy 4 or 16 next'],
  ])('says at synth what may follow %i stripes', (stripes, hint) => {
    const stack = new Stack(makeApp(), 'Stack');
    new EventStream(stack, 'EventStream', withDefaults({ stripes }));
    Annotations.fromStack(stack).hasInfo('/Stack/EventStream', Match.stringLikeRegexp(hint));
  });

  it('has metrics that name the stream', () => {
    const eventStream = new EventStream(new Stack(), 'EventStream', withDefaults({}));
    for (const metric of [eventStream.metricIteratorAgeMsMax(), eventStream.metricThrottledRecordsSum()]) {
      expect(metric.namespace).toBe('AWS/Kinesis');
      expect(Object.keys(metric.dimensions ?? {})).toEqual(['StreamName']);
    }
  });
});
