import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { TallyAlarm } from './tally-alarm.js';
import type { Watched } from './watched.js';

const PERIOD = Duration.minutes(5);
const LASTING_PERIODS = 3;
/** A quarter of the retention is used up: with the default week, five days are left to mend it. */
const RETENTION_SHARE = 0.25;

export const makeStreamAlarms = (scope: Construct, watched: Watched): readonly TallyAlarm[] => [
  iteratorAgeHigh(scope, watched),
  streamThrottled(scope, watched),
];

function iteratorAgeHigh(scope: Construct, { config, eventStream }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'IteratorAgeHigh', {
    config,
    metric: eventStream.metricIteratorAgeMsMax({ period: PERIOD }),
    rings: { from: config.retention.toMilliseconds() * RETENTION_SHARE },
    periods: LASTING_PERIODS,
    says: 'A reader of the stream, counting or the archive, is a quarter of the retention behind: at the whole of it, events are lost to that reader.',
    missing: { means: 'that nobody reads the stream, which is as bad', isBad: true },
  });
}

function streamThrottled(scope: Construct, { config, eventStream }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'StreamThrottled', {
    config,
    metric: eventStream.metricThrottledRecordsSum({ period: PERIOD }),
    rings: { from: 1 },
    periods: LASTING_PERIODS,
    says: 'Shards keep refusing records because they are full: ingest retries, then tells producers to, and more stripes are due.',
    missing: { means: 'that nothing was put into the stream' },
  });
}
