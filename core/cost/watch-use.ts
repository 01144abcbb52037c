/** What it takes to look at a stack: logs, metrics, alarms, the dashboard. */
import { GB } from './billed-units.js';
import type { CountedUnits } from './meter.js';

/** CloudWatch adds so much to each line that it takes in. */
const LOG_LINE_BYTES = 26;
/** A request's line in the API's access log, and ingest's metrics in a line of the embedded metric format. */
export const ACCESS_LOG_BYTES = 160;
export const INGEST_METRICS_BYTES = 270;
/** A batch's metrics, in one line. */
export const BATCH_METRICS_BYTES = 500;

/** Held to the stack and to the lists of metrics by test/lib/observability/cost-model.test.ts. */
export const CUSTOM_METRICS = 20;
export const ALARMS = 32;
export const COMPOSITE_ALARMS = 2;

/** X-Ray is off by default, and not reckoned with. */
export function watchUnits(counts: { requests: number; batches: number; months: number }): CountedUnits {
  const { requests, batches, months } = counts;
  const requestBytes = ACCESS_LOG_BYTES + INGEST_METRICS_BYTES + 2 * LOG_LINE_BYTES;
  const batchBytes = BATCH_METRICS_BYTES + LOG_LINE_BYTES;
  return {
    logGb: (requests * requestBytes + batches * batchBytes) / GB,
    metricMonths: CUSTOM_METRICS * months,
    alarmMonths: ALARMS * months,
    compositeAlarmMonths: COMPOSITE_ALARMS * months,
    dashboardMonths: months,
  };
}
