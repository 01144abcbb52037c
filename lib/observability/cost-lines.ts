import { Metric, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { firehoseBytes, GB, LAMBDA_MB_PER_GB, PUT_UNIT_BYTES } from '../../core/cost/billed-units.js';
import { ON_DEMAND_STREAM, PRICE_LIST, type Price } from '../../core/cost/prices.js';
import { apiFunctions, type Watched } from './watched.js';

/** One line of the bill: so much of a metric, at a price. */
export interface CostLine {
  /** The metric's id in the expression. */
  readonly id: string;
  readonly metric: IMetric;
  readonly price: Price;
  /** How many of the metric's units make one of the price's.
   * @default 1 */
  readonly unitsPerPriced?: number;
  /** The metric is a rate that is paid for by the hour, not a sum.
   * @default false */
  readonly isHourly?: boolean;
}

const { prices } = PRICE_LIST;
const MS_PER_SECOND = 1_000;
/** Firehose rounds each record up to so much: half of it on average, all of it for a short one. */
const FIREHOSE_STEP_BYTES = firehoseBytes(0);
/** Counting and the archive. */
const STREAM_READERS = 2;

/** Every line that CloudWatch knows the quantity of. */
export const costLines = (watched: Watched): readonly CostLine[] => [
  { id: 'requests', metric: watched.front.metricRequestsSum(), price: prices.httpApiRequests },
  ...functionLines(watched),
  ...streamLines(watched),
  ...firehoseLines(watched),
  ...watched.tables.all.flatMap((table) => tableLines(watched, table)),
  ...logLines(watched),
];

const functionsOf = (watched: Watched) =>
  [...apiFunctions(watched), ['Count', watched.counting.function] as const] as const;

const functionLines = (watched: Watched): readonly CostLine[] =>
  functionsOf(watched).flatMap(([name, fn]) => [
    {
      id: `invocations${name}`,
      metric: fn.metricInvocations({ statistic: 'Sum' }),
      price: prices.lambdaRequests,
    },
    {
      id: `durationMs${name}`,
      metric: fn.metricDuration({ statistic: 'Sum' }),
      price: prices.ingestGbSeconds,
      unitsPerPriced: (MS_PER_SECOND * LAMBDA_MB_PER_GB) / fn.memoryMb,
    },
  ]);

function streamLines({ config, eventStream }: Watched): readonly CostLine[] {
  const bytes = { id: 'streamBytes', metric: eventStream.metricIncomingBytesSum() };
  if (config.streamMode === 'on-demand') {
    const out = { ...bytes, id: 'streamBytesOut', price: ON_DEMAND_STREAM.outGb };
    return [
      { ...bytes, price: ON_DEMAND_STREAM.inGb, unitsPerPriced: GB },
      { ...out, unitsPerPriced: GB / STREAM_READERS },
    ];
  }
  // A record is rounded up to whole units: its bytes, and one more unit at most.
  return [
    { ...bytes, price: prices.putPayloadUnits, unitsPerPriced: PUT_UNIT_BYTES },
    { id: 'streamRecords', metric: eventStream.metricIncomingRecordsSum(), price: prices.putPayloadUnits },
  ];
}

function firehoseLines({ archive: { events, receipts } }: Watched): readonly CostLine[] {
  return [
    {
      id: 'archivedBytes',
      metric: events.metricIncomingBytesSum(),
      price: prices.firehoseEventsGb,
      unitsPerPriced: GB,
    },
    {
      id: 'archivedRecords',
      metric: events.metricIncomingRecordsSum(),
      price: prices.firehoseEventsGb,
      unitsPerPriced: (2 * GB) / FIREHOSE_STEP_BYTES,
    },
    {
      id: 'receiptRecords',
      metric: receipts.metricIncomingRecordsSum(),
      price: prices.firehoseReceiptsGb,
      unitsPerPriced: GB / FIREHOSE_STEP_BYTES,
    },
  ];
}

function tableLines({ config, tables }: Watched, table: TableV2): readonly CostLine[] {
  const { id } = table.node;
  const isProvisioned = config.tableCapacity !== undefined && tables.hot.includes(table);
  if (isProvisioned)
    return [
      {
        id: `provisionedWrites${id}`,
        metric: tables.metricProvisionedWriteUnitsAverage(table),
        price: prices.journalWriteCapacityHours,
        isHourly: true,
      },
      {
        id: `provisionedReads${id}`,
        metric: tables.metricProvisionedReadUnitsAverage(table),
        price: prices.readCapacityHours,
        isHourly: true,
      },
    ];
  return [
    { id: `writes${id}`, metric: tables.metricWriteUnitsSum(table), price: prices.counterWriteUnits },
    { id: `reads${id}`, metric: tables.metricReadUnitsSum(table), price: prices.countReadUnits },
  ];
}

const logLines = (watched: Watched): readonly CostLine[] =>
  [
    ['Api', watched.front.accessLogs] as const,
    ...functionsOf(watched).map(([name, fn]) => [name, fn.logGroup] as const),
  ].map(([name, logGroup]) => ({
    id: `logBytes${name}`,
    metric: loggedBytes(logGroup),
    price: prices.logGb,
    unitsPerPriced: GB,
  }));

/** By hand: the L2's metric leaves out the log group, and there is none without. */
const loggedBytes = ({ logGroupName }: ILogGroup): Metric =>
  new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: logGroupName },
    statistic: 'Sum',
  });
