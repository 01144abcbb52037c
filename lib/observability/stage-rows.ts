import type { IMetric, IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { TallyFunction } from '../tally-function.js';
import type { AuditMetrics } from './audit-metrics.js';
import { lateAfter } from './counting-alarms.js';
import { stageRow } from './dashboard-rows.js';
import { apiFunctions, deliveriesOf, type Watched } from './watched.js';

/** A row for each stage that an event passes, in its order. */
export const stageRows = (watched: Watched): readonly IWidget[][] => [
  ...apiRow(watched),
  ...ingestRow(watched),
  ...streamRow(watched),
  ...countRow(watched),
  ...tablesRow(watched),
  ...archiveRow(watched),
  ...auditRow(watched.audit.metrics),
];

const apiRow = (watched: Watched) => {
  const { front } = watched;
  return stageRow('API', [
    { title: 'Requests', metrics: [front.metricRequestsSum({ label: 'requests' })] },
    {
      title: 'Errors',
      metrics: [front.metricClientErrorsSum({ label: '4xx' }), front.metricServerErrorsSum({ label: '5xx' })],
    },
    {
      title: 'Latency, ms',
      metrics: (['p50', 'p90', 'p99'] as const).map((statistic) =>
        front.metricLatencyMsP99({ statistic, label: statistic }),
      ),
    },
    {
      title: 'Functions: errors and throttles',
      metrics: apiFunctions(watched).flatMap(([name, fn]) => troubleOf(name, fn)),
    },
  ]);
};

const troubleOf = (name: string, fn: TallyFunction): readonly IMetric[] => [
  fn.metricErrors({ statistic: 'Sum', label: `${name} errors` }),
  fn.metricThrottles({ statistic: 'Sum', label: `${name} throttles` }),
];

const ingestRow = ({ ingest }: Watched) =>
  stageRow('Ingest', [
    {
      title: 'Events',
      metrics: [
        ingest.metricEventsAcceptedSum({ label: 'accepted' }),
        ingest.metricEventsRejectedSum({ label: 'rejected' }),
      ],
    },
    {
      title: 'Requests that could not be stored',
      metrics: [ingest.metricRequestsUnavailableSum({ label: 'answered 503' })],
    },
    { title: 'Duration, ms', metrics: durationsOf(ingest.function) },
    {
      title: 'Concurrency',
      metrics: [ingest.function.metric('ConcurrentExecutions', { statistic: 'Maximum', label: 'at once' })],
    },
  ]);

const durationsOf = (fn: TallyFunction): readonly IMetric[] =>
  ['p50', 'p99'].map((statistic) => fn.metricDuration({ statistic, label: statistic }));

const streamRow = ({ config, eventStream }: Watched) =>
  stageRow('Stream', [
    { title: 'Bytes in', metrics: [eventStream.metricIncomingBytesSum({ label: 'bytes' })] },
    { title: 'Records in', metrics: [eventStream.metricIncomingRecordsSum({ label: 'records' })] },
    {
      title: 'Records refused: shards full',
      metrics: [eventStream.metricThrottledRecordsSum({ label: 'refused' })],
    },
    {
      title: 'Slowest reader behind, ms',
      metrics: [eventStream.metricIteratorAgeMsMax({ label: 'behind' })],
      limit: { value: config.retention.toMilliseconds(), label: 'lost from here on' },
    },
  ]);

const countRow = ({ config, counting }: Watched) =>
  stageRow('Count', [
    {
      title: 'Events',
      metrics: [
        counting.metricEventsCountedSum({ label: 'counted' }),
        counting.metricEventsDuplicateSum({ label: 'duplicate' }),
        counting.metricLinesRejectedSum({ label: 'rejected' }),
      ],
    },
    {
      title: 'Freshness, ms',
      metrics: [counting.metricFreshnessMsMax({ label: 'latest' })],
      limit: { value: lateAfter(config).toMilliseconds(), label: 'late' },
    },
    {
      title: 'Journal entries',
      metrics: [
        counting.metricEntriesAppendedSum({ label: 'appended' }),
        counting.metricJournalConflictsSum({ label: 'conflicts' }),
      ],
    },
    { title: 'Batch duration, ms', metrics: durationsOf(counting.function) },
    {
      title: 'Errors, throttles, batches set aside',
      metrics: [
        ...troubleOf('Count', counting.function),
        counting.metricBatchesSetAsideSum({ label: 'set aside' }),
      ],
    },
  ]);

const tablesRow = ({ tables }: Watched) =>
  stageRow('Tables', [
    {
      title: 'Write units',
      metrics: tables.all.map((table) => tables.metricWriteUnitsSum(table, { label: table.node.id })),
    },
    {
      title: 'Read units',
      metrics: tables.all.map((table) => tables.metricReadUnitsSum(table, { label: table.node.id })),
    },
    {
      title: 'Writes refused for the moment',
      metrics: tables.hot.map((table) => tables.metricWriteThrottlesSum(table, { label: table.node.id })),
    },
    {
      title: 'Conditions that did not hold',
      metrics: tables.hot.map((table) => tables.metricConditionFailuresSum(table, { label: table.node.id })),
    },
    {
      title: 'Items expired',
      metrics: tables.hot.map((table) => tables.metricExpiredItemsSum(table, { label: table.node.id })),
    },
  ]);

const archiveRow = (watched: Watched) =>
  stageRow('Archive', [
    {
      title: 'Records in',
      metrics: deliveriesOf(watched).map(([label, delivery]) => delivery.metricIncomingRecordsSum({ label })),
    },
    {
      title: 'Bytes to S3',
      metrics: deliveriesOf(watched).map(([label, delivery]) => delivery.metricDeliveredBytesSum({ label })),
    },
    {
      title: 'Oldest record not in S3, seconds',
      metrics: deliveriesOf(watched).map(([label, delivery]) =>
        delivery.metricDataFreshnessSecondsMax({ label }),
      ),
    },
    {
      title: 'Share of writes to S3 that succeed',
      metrics: deliveriesOf(watched).map(([label, delivery]) =>
        delivery.metricDeliverySuccessAverage({ label }),
      ),
    },
  ]);

const auditRow = (audit: AuditMetrics) =>
  stageRow('Audit', [
    { title: 'Counter-hours that differed', metrics: [audit.metricDriftSum({ label: 'drift' })] },
    {
      title: 'Rounds, and days in doubt',
      metrics: [audit.metricRunsSum({ label: 'rounds' }), audit.metricDoubtsSum({ label: 'in doubt' })],
    },
    {
      title: 'Last sealed day, days ago',
      metrics: [audit.metricLastSealedDayAgeDaysMax({ label: 'days ago' })],
    },
    {
      title: 'Items that should have expired',
      metrics: [audit.metricItemsOverdueMax({ label: 'overdue' })],
    },
  ]);
