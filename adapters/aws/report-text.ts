import type { DayReport } from '../../core/audit/report.js';

/** An item holds 400 KB, and a transaction is billed by what it holds. */
const REPORT_BYTES_MAX = 256 * 1024;

/**
 * A day's report as text that fits into its item: with fewer example rows if need be. Its counts stay whole, and so does the
 * run's own file, `report.json`.
 */
export function boundedReport(report: DayReport): string {
  const written = JSON.stringify(report);
  if (Buffer.byteLength(written) <= REPORT_BYTES_MAX) return written;
  const { drift, incompleteChunks } = report;
  return boundedReport({ ...report, drift: half(drift), incompleteChunks: half(incompleteChunks) });
}

const half = <T>(rows: readonly T[]): readonly T[] => rows.slice(0, Math.floor(rows.length / 2));
