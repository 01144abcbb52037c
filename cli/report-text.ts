import { ALARMING, hasUnexplainedChunks, type DayReport } from '../core/audit/report.js';
import type { Sum } from '../core/query/sums.js';
import { formatCount, tableOf } from './table.js';

/** Nothing differs, and nobody has to look: what cron and CI ask for. A day that still takes events can't be clean or not. */
export const isClean = (report: DayReport): boolean =>
  report.outcome === 'open' ||
  (report.outcome === 'sealed' &&
    report.driftCount === 0 &&
    !report.isArchiveIncomplete &&
    !hasUnexplainedChunks(report));

/** One line: what came of an audit, and what was found. */
export function headline(report: DayReport): string {
  const { day, outcome, reason, total } = report;
  const sum =
    total === undefined ? '' : `, ${formatCount(total.events)} events, value ${formatCount(total.value)}`;
  const state = outcome === 'open' ? 'still takes events, so this is a look and no judgement' : outcome;
  return `${day} ${state}${sum}: ${reason ?? foundIn(report)}`;
}

function foundIn(report: DayReport): string {
  const found = Object.entries(report.findings).map(([verdict, count]) => `${count} × ${verdict}`);
  if (report.unwitnessedChunkCount > 0)
    found.push(`${formatCount(report.unwitnessedChunkCount)} chunks without a receipt`);
  if ((report.lines?.badLineCount ?? 0) > 0)
    found.push(`${formatCount(report.lines?.badLineCount ?? 0)} lines that can't be read`);
  return found.join(', ') || 'no drift';
}

/** What a person has to know beyond the headline: each counter's hour, hour and chunk that differs, and what to do. */
export function details(report: DayReport): string {
  return [driftTable(report), hourTable(report), chunkTable(report), advice(report)]
    .filter((text) => text !== '')
    .join('\n');
}

/** More rows than a person reads; `--json` has them all. */
const ROWS_MAX = 20;

const tableOfSome = (head: string[], rows: (string | number)[][]): string =>
  tableOf(head, rows.slice(0, ROWS_MAX)) +
  (rows.length > ROWS_MAX ? `… and ${formatCount(rows.length - ROWS_MAX)} more: --json has them\n` : '');

/** Value and events, because either may differ alone. */
const sumText = ({ value, events }: Sum): string => `${formatCount(value)} / ${formatCount(events)}`;

function driftTable({ drift }: DayReport): string {
  if (drift.length === 0) return '';
  const rows = drift.map((row) => [
    row.hour,
    row.counter,
    ...[row.counted, row.journaled, row.archived, row.target].map(sumText),
    row.verdicts.join(', '),
  ]);
  return `Value / events of each counter's hour that differs:\n${tableOfSome(
    ['hour', 'counter', 'counted', 'journaled', 'archived', 'target', 'verdict'],
    rows,
  )}`;
}

function hourTable({ hours }: DayReport): string {
  if (hours.length === 0) return '';
  return `Hours as a whole, by ids:\n${tableOfSome(
    ['hour', 'in archive only', 'in journals only', 'receipts miss', 'corrupt entries', 'verdict'],
    hours.map((row) => [
      row.hour,
      row.missingCount,
      row.extraCount,
      row.lostEventCount,
      row.corruptEntryCount,
      row.verdicts.join(', '),
    ]),
  )}`;
}

function chunkTable({ incompleteChunks }: DayReport): string {
  if (incompleteChunks.length === 0) return '';
  return `Chunks that the archive holds otherwise than their receipts say:\n${tableOfSome(
    ['hour', 'chunk', 'receipt', 'archive'],
    incompleteChunks.map((row) => [row.hour, row.chunkId, sumText(row.receipted), sumText(row.archived)]),
  )}`;
}

function advice(report: DayReport): string {
  const { day, outcome, findings } = report;
  const alarming = ALARMING.filter((verdict) => findings[verdict] !== undefined);
  if (alarming.length === 0) return '';
  if (outcome === 'open')
    return 'The archive writes its files every so often: what came since then is not in it yet. Look again later, or once the day has closed.\n';
  const where = alarming.map((verdict) => `docs/audit.md#${verdict}`).join(', ');
  const next =
    outcome === 'held'
      ? `Held until you decide: tally seal --day ${day} --trust journal (or archive). Read ${where} first.`
      : `Read ${where}.`;
  return `${next}\n`;
}
