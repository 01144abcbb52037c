import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TallyAlarm } from './tally-alarm.js';
import { deliveriesOf, type Watched } from './watched.js';

const PERIOD = Duration.minutes(5);
const LASTING_PERIODS = 3;
/** Three times the buffer's five minutes. */
const LATE_SECONDS = 900;

/** One alarm each: added up, one delivery that has nothing to deliver would silence the others. */
export function makeArchiveAlarms(scope: Construct, watched: Watched): readonly TallyAlarm[] {
  const { config } = watched;
  return deliveriesOf(watched).flatMap(([name, delivery]) => [
    new TallyAlarm(scope, `${name}DeliveryLate`, {
      config,
      metric: delivery.metricDataFreshnessSecondsMax({ period: PERIOD }),
      rings: { from: LATE_SECONDS },
      periods: LASTING_PERIODS,
      says: `Firehose is late with ${name.toLowerCase()}/: the archive lacks the last quarter of an hour, and audits wait for it.`,
      missing: { means: 'that there was nothing to deliver' },
    }),
    new TallyAlarm(scope, `${name}DeliveryFailing`, {
      config,
      metric: delivery.metricDeliverySuccessAverage({ period: PERIOD }),
      rings: { below: 1 },
      periods: LASTING_PERIODS,
      says: `Firehose can't write ${name.toLowerCase()}/ to the archive: it retries, but not for ever.`,
      missing: { means: 'that there was nothing to deliver' },
    }),
  ]);
}
