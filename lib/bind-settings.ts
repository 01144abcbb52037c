import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../core/env-names.js';
import type { EventCounterConfig } from './event-counter-props.js';

/** Tell a function how the stack is configured. It holds that to the settings stored with the data, and refuses to differ. */
export function bindSettings(user: LambdaFunction, config: EventCounterConfig): void {
  user.addEnvironment(ENV.laneCount, String(config.lanes));
  user.addEnvironment(ENV.stripeCount, String(config.stripes));
  user.addEnvironment(ENV.latenessMs, String(config.lateness.toMilliseconds()));
  user.addEnvironment(ENV.streamRetentionMs, String(config.retention.toMilliseconds()));
}
