import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { EventCounterConfig } from '../event-counter-props.js';
import { sumOf } from './metric-math.js';
import { TallyAlarm } from './tally-alarm.js';
import type { Watched } from './watched.js';

const PERIOD = Duration.minutes(5);
/** A quarter of an hour: retries end most trouble before that, and a person could not. */
const LASTING_PERIODS = 3;
/** What anybody would call late, whatever the window. */
const LATE_SECONDS = 300;
/** A window gathers, the next is paced out, and one more is for a retry. */
const LATE_WINDOWS = 3;

/** What makes counts wrong, and what makes them late. */
export interface CountingAlarms {
  readonly wrong: readonly TallyAlarm[];
  readonly late: readonly TallyAlarm[];
}

export function makeCountingAlarms(scope: Construct, watched: Watched): CountingAlarms {
  return {
    wrong: [watched.counting.setAsideAlarm, linesRejected(scope, watched)],
    late: [
      countingStopped(scope, watched),
      freshnessLate(scope, watched),
      countErrors(scope, watched),
      countThrottled(scope, watched),
      ...writesThrottled(scope, watched),
    ],
  };
}

function linesRejected(scope: Construct, { config, counting }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'LinesRejected', {
    config,
    metric: counting.metricLinesRejectedSum({ period: PERIOD }),
    rings: { from: 1 },
    says: 'Counting could not count lines that ingest had accepted: they are in the archive under rejected/, with reasons.',
    missing: { means: 'that no line was rejected' },
  });
}

/**
 * Two witnesses, each with a silent metric as a zero: events that we accepted must be counted, and what Kinesis says came in,
 * be it a heartbeat, must be passed. The stream's iterator age would not do: Firehose reads the stream too, and keeps it young.
 */
function countingStopped(scope: Construct, watched: Watched): TallyAlarm {
  const { config, ingest, eventStream, counting } = watched;
  const left = sumOf('counted', 'duplicate', 'refused');
  return new TallyAlarm(scope, 'CountingStopped', {
    config,
    metric: new MathExpression({
      expression: `IF(((${sumOf('accepted')} > 0) AND (${left} == 0)) OR ((${sumOf('arrived')} > 0) AND (${sumOf('passed')} == 0)), 1, 0)`,
      label: 'events come and none is counted',
      period: PERIOD,
      usingMetrics: {
        accepted: ingest.metricEventsAcceptedSum(),
        arrived: eventStream.metricIncomingRecordsSum(),
        counted: counting.metricEventsCountedSum(),
        duplicate: counting.metricEventsDuplicateSum(),
        refused: counting.metricLinesRejectedSum(),
        passed: counting.metricBatchesPassedSum(),
      },
    }),
    rings: { from: 1 },
    periods: LASTING_PERIODS,
    says: 'Events come in and none has been counted for a quarter of an hour: counts stand still, the stream keeps the events.',
    missing: { means: 'that CloudWatch could not compute it; a metric that is silent counts as zero' },
  });
}

function freshnessLate(scope: Construct, { config, counting }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'FreshnessLate', {
    config,
    metric: counting.metricFreshnessMsMax({ period: PERIOD }),
    rings: { from: lateAfter(config).toMilliseconds() },
    periods: LASTING_PERIODS,
    says: 'Events are counted later than they should be: counts are right as of some minutes ago.',
    missing: { means: 'that nothing was counted; whether anything came, CountingStopped knows' },
  });
}

export const lateAfter = ({ freshness }: EventCounterConfig): Duration =>
  Duration.seconds(LATE_SECONDS + LATE_WINDOWS * freshness.toSeconds());

function countErrors(scope: Construct, { config, counting }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'CountErrors', {
    config,
    metric: counting.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
    rings: { from: 1 },
    periods: LASTING_PERIODS,
    says: 'Batches keep failing in the Lambda count: they are retried and nothing is lost, but their stripe waits.',
    missing: { means: 'that the function did not run' },
  });
}

function countThrottled(scope: Construct, { config, counting }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'CountThrottled', {
    config,
    metric: counting.function.metricThrottles({ statistic: 'Sum', period: PERIOD }),
    rings: { from: 1 },
    periods: LASTING_PERIODS,
    says: 'Lambda has no concurrency left for counting: batches wait their turn.',
    missing: { means: 'that the function was not invoked' },
  });
}

/** Throttles come and go while a table grows; lasting ones mean that it can't keep up. */
function writesThrottled(scope: Construct, { config, tables }: Watched): readonly TallyAlarm[] {
  const [journal, counters] = tables.hot;
  return (
    [
      ['JournalWritesThrottled', journal],
      ['CountersWritesThrottled', counters],
    ] as const
  ).map(
    ([id, table]) =>
      new TallyAlarm(scope, id, {
        config,
        metric: tables.metricWriteThrottlesSum(table, { period: PERIOD }),
        rings: { from: 1 },
        periods: LASTING_PERIODS,
        says: `DynamoDB keeps refusing writes to the table ${table.node.id}: they are retried, and counts run late.`,
        missing: { means: 'that no write was refused' },
      }),
  );
}
