import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** AWS asks it for a confirmation once. */
  readonly email: string;
}

/**
 * Who hears of alarms.
 *
 * Not encrypted with `aws/sns`: CloudWatch may not use that key, and its alarms would vanish without a word.
 */
export class AlarmTopic extends Construct {
  public readonly topic: Topic;

  public constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.topic.addSubscription(new EmailSubscription(email));
  }

  /** Tell of it when it rings and when it stops. */
  public hear(alarm: Alarm): void {
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }
}
