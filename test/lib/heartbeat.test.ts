import { archiveFolder } from '../../core/archive-folder.js';
import { resourceOf, synthesise } from './synthesised.js';

const template = synthesise();

describe('Heartbeat', () => {
  const { Properties: schedule } = resourceOf(template, 'AWS::Scheduler::Schedule', 'HeartbeatSchedule');

  it('beats each minute, for ever, and never to make up for a beat that failed', () => {
    expect(schedule).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    for (const absent of ['State', 'EndDate', 'StartDate']) expect(schedule).not.toHaveProperty(absent);
  });

  it('has ended before the next one begins', () => {
    const { Properties } = resourceOf(template, 'AWS::Lambda::Function', 'Heartbeat');
    expect(Properties['Timeout']).toBeLessThan(60);
  });

  it('lends its role to schedules of this account alone', () => {
    const { Properties } = resourceOf(template, 'AWS::IAM::Role', 'HeartbeatScheduleRole');
    expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
  });

  it('looks where the archive writes', () => {
    const { Properties } = resourceOf(
      template,
      'AWS::KinesisFirehose::DeliveryStream',
      'ArchiveEventsFirehose',
    );
    const { Prefix } = Properties['ExtendedS3DestinationConfiguration'] as { Prefix: string };
    const written = Prefix.replace('!{timestamp:yyyy-MM-dd}', '2026-11-21').replace('!{timestamp:HH}', '09');
    expect(archiveFolder(Date.parse('2026-11-21T09:59:59.999Z'))).toBe(written);
  });
});
