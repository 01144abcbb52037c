import { Aws, Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, PeriodOverride, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.js';
import { CostEstimate, NOT_ESTIMATED } from './cost-estimate.js';
import { graphWidget, heading, numbers } from './dashboard-rows.js';
import { stageRows } from './stage-rows.js';
import type { Watched } from './watched.js';

const THIRD = 8;
const HALF = 12;
const DAY = Duration.days(1);
const HOUR = Duration.hours(1);
const MINUTES = Duration.minutes(5);

/** First the three questions that anybody asks, then the alarms, then a row for each stage. */
export function makeDashboard(scope: Construct, watched: Watched, alarms: Alarms): Dashboard {
  const cost = new CostEstimate(watched);
  return new Dashboard(scope, 'Dashboard', {
    // An hour's cost over an hour's events: averaged by the screen's width it would mean nothing.
    periodOverride: PeriodOverride.INHERIT,
    defaultInterval: Duration.hours(12),
    widgets: [
      firstRow(watched, cost),
      [heading(`Costs are estimated from measured use and list prices, without ${NOT_ESTIMATED}.`)],
      [
        new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.all], width: HALF, height: 6 }),
        graphWidget(
          { title: 'What does it cost? Estimated $ per hour', metrics: [cost.metricUsdPerHour()] },
          HALF,
        ),
      ],
      ...stageRows(watched),
    ],
  });
}

const firstRow = (watched: Watched, cost: CostEstimate): IWidget[] => [
  numbers('Are counts right?', rightness(watched), THIRD),
  numbers('How fresh are they?', freshness(watched), THIRD),
  numbers('What do they cost?', [cost.metricUsdPerBillion()], THIRD),
];

/** Each should be 0, apart from how long ago the last sealed day was. */
const rightness = ({ counting, audit }: Watched) => [
  audit.metrics.metricDriftSum({ label: 'drift, counter-hours', period: DAY }),
  audit.metrics.metricLastSealedDayAgeDaysMax({ label: 'last sealed day, days ago', period: DAY }),
  counting.metricLinesRejectedSum({ label: 'accepted, not countable', period: HOUR }),
  counting.metricBatchesSetAsideSum({ label: 'batches set aside', period: HOUR }),
];

const freshness = ({ counting, eventStream }: Watched) => [
  counting.metricFreshnessMsMax({ label: 'arrival to counted, ms', period: MINUTES }),
  eventStream.metricIteratorAgeMsMax({ label: 'slowest reader behind, ms', period: MINUTES }),
];

/** Where the console shows it. */
export const dashboardUrl = ({ dashboardName }: Dashboard): string =>
  `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`;
