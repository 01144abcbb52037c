import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { divisor, sumOf } from './metric-math.js';
import { TallyAlarm } from './tally-alarm.js';
import { apiFunctions, type Watched } from './watched.js';

const PERIOD = Duration.minutes(5);
const LASTING_PERIODS = 3;
/** One in a thousand: producers retry, so it costs no event, but a working stack answers none like that. */
const SERVER_ERROR_PERCENT = 0.1;
/** Some producer is always wrong somewhere; one in twenty is a release that went wrong. */
const REJECTED_PERCENT = 5;

export const makeApiAlarms = (scope: Construct, watched: Watched): readonly TallyAlarm[] => [
  serverErrors(scope, watched),
  eventsRejected(scope, watched),
  ...functionAlarms(scope, watched),
];

function serverErrors(scope: Construct, { config, front }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'ServerErrors', {
    config,
    metric: new MathExpression({
      expression: `100 * ${sumOf('errors')} / ${divisor(sumOf('requests'))}`,
      label: 'answers of 500 and above, %',
      period: PERIOD,
      usingMetrics: { errors: front.metricServerErrorsSum(), requests: front.metricRequestsSum() },
    }),
    rings: { from: SERVER_ERROR_PERCENT },
    periods: LASTING_PERIODS,
    says: 'The API keeps answering with 5xx: producers must resend, and one that does not loses its events.',
    missing: { means: 'that there were no requests' },
  });
}

/** By events, not by requests: one bad request may hold five thousand. */
function eventsRejected(scope: Construct, { config, ingest }: Watched): TallyAlarm {
  return new TallyAlarm(scope, 'EventsRejected', {
    config,
    metric: new MathExpression({
      expression: `100 * ${sumOf('rejected')} / ${divisor(sumOf('accepted', 'rejected'))}`,
      label: 'events rejected, %',
      period: PERIOD,
      usingMetrics: {
        accepted: ingest.metricEventsAcceptedSum(),
        rejected: ingest.metricEventsRejectedSum(),
      },
    }),
    rings: { from: REJECTED_PERCENT },
    periods: LASTING_PERIODS,
    says: 'Ingest refuses one event in twenty or more: a producer sends what can not be counted, and was told so.',
    missing: { means: 'that no events came' },
  });
}

/** One alarm each: added up, one function that is never called would silence the others. */
function functionAlarms(scope: Construct, watched: Watched): readonly TallyAlarm[] {
  const { config } = watched;
  return apiFunctions(watched).flatMap(([name, fn]) => [
    new TallyAlarm(scope, `${name}Errors`, {
      config,
      metric: fn.metricErrors({ statistic: 'Sum', period: PERIOD }),
      rings: { from: 1 },
      periods: LASTING_PERIODS,
      says: `The Lambda ${name.toLowerCase()} keeps crashing or timing out: callers get a 5xx.`,
      missing: { means: 'that the function did not run' },
    }),
    new TallyAlarm(scope, `${name}Throttled`, {
      config,
      metric: fn.metricThrottles({ statistic: 'Sum', period: PERIOD }),
      rings: { from: 1 },
      periods: LASTING_PERIODS,
      says: `Lambda has no concurrency left for ${name.toLowerCase()}: callers get a 5xx and must come again.`,
      missing: { means: 'that the function was not invoked' },
    }),
  ]);
}
