import { Stack } from 'aws-cdk-lib';
import { billOf } from '../../../core/cost/meter.js';
import { withDefaults } from '../../../lib/event-counter-props.js';
import { EventCounter, type EventCounterProps } from '../../../lib/index.js';
import { CostEstimate } from '../../../lib/observability/cost-estimate.js';
import { makeApp } from '../synthesised.js';
import { evaluate } from './evaluate.js';

function estimateOf(props: EventCounterProps = {}): CostEstimate {
  const counter = new EventCounter(new Stack(makeApp(), 'Stack'), 'Tally', props);
  const { front, ingest, eventStream, counting, tables, archive, query, audit } = counter;
  const config = withDefaults(props);
  return new CostEstimate({ config, front, ingest, eventStream, counting, tables, archive, query, audit });
}

const GB = 1024 ** 3;

describe('the estimated cost', () => {
  const estimate = estimateOf();
  const perHour = (metrics: Record<string, number>, periodSeconds?: number): number =>
    evaluate(estimate.metricUsdPerHour().expression, metrics, periodSeconds);
  const idle = 4 * (0.015 + 0.02);

  it.each<[string, Record<string, number>, number]>([
    ['nothing but shards', {}, 0],
    ['a million requests', { requests: 1e6 }, 1],
    ['a million invocations', { invocationsIngest: 1e6 }, 0.2],
    ['1,000 seconds of 1,769 MB', { durationMsCount: 1e6 }, 1_000 * (1_769 / 1_024) * 0.0000133334],
    ['a million write units, and as many reads', { writesJournal: 1e6, readsJournal: 1e6 }, 0.75],
    ['four million records of up to 25 KB', { streamRecords: 4e6, streamBytes: 0 }, 4 * 0.014],
    ['a GB archived in one record', { archivedBytes: GB, archivedRecords: 1 }, 0.029],
    ['receipts, of 5 KB each', { receiptRecords: GB / 5_120 }, 0.029],
    ['a GB of logs', { logBytesCount: GB }, 0.5],
  ])('of %s, in an hour', (_, metrics, usd) => {
    expect(perHour(metrics)).toBeCloseTo(idle + usd, 6);
  });

  // Goal: one meter. Method: the same units through the bill and through the dashboard's expression, for an hour.
  it('is what the meter makes of the same units', () => {
    const units = {
      httpApiRequests: 180_000,
      lambdaRequests: 200_000,
      ingestGbSeconds: 6_000,
      countGbSeconds: 9_000,
      shardHours: 4,
      extendedRetentionShardHours: 4,
      putPayloadUnits: 720_000,
      firehoseEventsGb: 3.5,
      firehoseReceiptsGb: 0.9,
      counterWriteUnits: 6e6,
      journalWriteUnits: 5e5,
      countReadUnits: 1e5,
      logGb: 0.1,
    };
    const metrics = {
      requests: units.httpApiRequests,
      invocationsIngest: 180_000,
      invocationsCount: 20_000,
      durationMsIngest: (units.ingestGbSeconds * 1_000 * 1_024) / 1_024,
      durationMsCount: (units.countGbSeconds * 1_000 * 1_024) / 1_769,
      streamRecords: units.putPayloadUnits,
      archivedBytes: units.firehoseEventsGb * GB,
      receiptRecords: (units.firehoseReceiptsGb * GB) / 5_120,
      writesCounters: units.counterWriteUnits,
      writesJournal: units.journalWriteUnits,
      readsJournal: units.countReadUnits,
      logBytesIngest: 0.1 * GB,
    };
    const bill = billOf(units, 18e6);
    expect(perHour(metrics)).toBeCloseTo(bill.usd, 6);
    const perBillion = estimate.metricUsdPerBillion().expression;
    expect(evaluate(perBillion, { ...metrics, counted: 18e6 })).toBeCloseTo(bill.usdPerBillion, 4);
  });

  it('is per hour whatever the period', () => {
    expect(perHour({ requests: 1e6 }, 60)).toBeCloseTo(idle + 60, 6);
  });

  it.each<[string, Record<string, number>, number]>([
    ['a million events at a dollar', { counted: 1e6, requests: 1e6 - idle * 1e6 }, 1_000],
    ['no event', { counted: 0, requests: 1e6 }, 0],
    ['nobody who says how many', { requests: 1e6 }, 0],
  ])('per billion events, with %s', (_, metrics, usd) => {
    expect(evaluate(estimate.metricUsdPerBillion().expression, metrics)).toBeCloseTo(usd, 6);
  });

  it('says that it is an estimate, and by which prices', () => {
    expect(estimate.metricUsdPerBillion().label).toMatch(
      /^Estimated \$ per billion events \(list prices of 20\d\d-/,
    );
  });

  it('asks CloudWatch for exactly the metrics that it adds up', () => {
    const { expression, usingMetrics } = estimate.metricUsdPerBillion();
    const named = new Set([...expression.matchAll(/FILL\((\w+),/g)].map(([, id]) => id));
    expect([...named].sort()).toEqual(Object.keys(usingMetrics).sort());
    for (const id of named) expect(id).toMatch(/^[a-z]\w*$/);
  });

  it('pays for capacity by the hour where it is provisioned', () => {
    const units = { min: 1, max: 10 };
    const provisioned = estimateOf({ tableCapacity: { reads: units, writes: units } });
    const { expression } = provisioned.metricUsdPerHour();
    expect(evaluate(expression, { provisionedWritesCounters: 1_000 })).toBeCloseTo(idle + 0.65, 6);
    expect(expression).not.toContain('writesCounters, ');
    expect(evaluate(expression, { writesTotals: 1e6 })).toBeCloseTo(idle + 0.625, 6);
  });

  it('pays for a stream and its bytes where that is on demand, and for no shards', () => {
    const { expression } = estimateOf({ streamMode: 'on-demand' }).metricUsdPerHour();
    expect(evaluate(expression, {})).toBeCloseTo(0.04, 6);
    expect(evaluate(expression, { streamBytes: GB, streamBytesOut: GB })).toBeCloseTo(
      0.04 + 0.08 + 2 * 0.04,
      6,
    );
  });
});
