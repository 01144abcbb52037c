/** How a look is shown: on a terminal in place, elsewhere line by line, as text or as JSON. */
import { formatInstant } from '../../core/time.js';
import type { Io, Output } from '../io.js';
import { formatCount, tableOf } from '../table.js';
import type { EventTotals, Look } from './look.js';
import { rejectedOf, type Rates } from './rates.js';

export interface Show {
  look(now: Look, rates: Rates): void;
  /** The server can't be reached any more; said once, however often it is told. */
  away(message: string): void;
}

export function makeShow({ json, top }: { json?: boolean; top: number }, io: Io): Show {
  if (json === true) return onLines(io, (now, rates) => `${JSON.stringify(jsonOf(now, rates, top))}\n`);
  return io.stdout.isTTY === true ? inPlace(io, top) : onLines(io, lineOf);
}

function onLines(io: Io, textOf: (now: Look, rates: Rates) => string): Show {
  let isAway = false;
  return {
    look: (now, rates) => {
      isAway = false;
      io.stdout.write(textOf(now, rates));
    },
    away: (message) => {
      if (!isAway) io.stderr.write(`tally: ${message}; waiting for it\n`);
      isAway = true;
    },
  };
}

function inPlace({ stdout }: Io, top: number): Show {
  let drawnLines = 0;
  let body = '';
  const draw = (head: string): void => {
    const lines = fitted(`${head}\n${body}`, stdout);
    // Back to where the screen before began, and clear from there: what stood above it stays.
    stdout.write(`${drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[J`}${lines.join('\n')}\n`);
    drawnLines = lines.length;
  };
  return {
    look: (now, rates) => {
      body = bodyOf(now, rates, top);
      draw(healthOf(now));
    },
    // What was last seen stays, below a head that says that it is old.
    away: (message) => draw(`${message}; waiting for it`),
  };
}

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;

/** A line that wrapped, or a screen that scrolled, could not be drawn over. */
function fitted(text: string, { columns = COLUMNS_DEFAULT, rows = ROWS_DEFAULT }: Output): string[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(0, rows - 1)
    .map((line) => line.slice(0, columns - 1));
}

const jsonOf = ({ atMs, stats }: Look, rates: Rates, top: number): object => ({
  at: formatInstant(atMs),
  ...stats,
  ...rates,
  counters: rates.counters.slice(0, top),
});

function lineOf({ atMs, stats }: Look, rates: Rates): string {
  const flow =
    stats.events === undefined
      ? rates.counters.map(({ type, value, rate }) => `${type} ${formatCount(value)} (${rateText(rate)})`)
      : flowOf(stats.events, rates);
  const how = `${stats.status}, ${formatCount(stats.lagMs)} ms behind`;
  return `${formatInstant(atMs)} ${[how, flow.join(', ')].filter(Boolean).join('; ')}\n`;
}

const flowOf = ({ accepted, counted, duplicate, rejected }: EventTotals, rates: Rates): string[] => [
  `accepted ${formatCount(accepted)} (${rateText(rates.acceptedRate)})`,
  `counted ${formatCount(counted)} (${rateText(rates.countedRate)})`,
  `duplicates ${formatCount(duplicate)}`,
  `rejected ${formatCount(rejectedOf(rejected))}`,
];

const healthOf = ({ atMs, stats: { status, lagMs, backlog } }: Look): string =>
  `${formatInstant(atMs)}  ${status}, ${formatCount(lagMs)} ms behind` +
  (backlog === undefined ? '' : `, backlog ${formatCount(backlog.bytes)} bytes`);

function bodyOf({ stats: { events } }: Look, rates: Rates, top: number): string {
  const counters = rates.counters.slice(0, top).map(({ type, value, rate }) => [type, rateText(rate), value]);
  const countersTable = tableOf(['counter', 'a second', 'value'], counters);
  return `\n${events === undefined ? '' : `${flowTable(events, rates)}\n`}${countersTable}`;
}

const flowTable = ({ accepted, counted, duplicate, rejected }: EventTotals, rates: Rates): string =>
  tableOf(
    ['events', 'a second', 'since the start'],
    [
      ['accepted', rateText(rates.acceptedRate), accepted],
      ['counted', rateText(rates.countedRate), counted],
      ['duplicates', rateText(rates.duplicateRate), duplicate],
      ['rejected', rateText(rates.rejectedRate), rejectedOf(rejected)],
      ...Object.entries(rejected).map(([code, count]) => [`  ${code}`, '', count]),
    ],
  );

const rateText = (rate: number | null): string =>
  rate === null ? '-' : `${formatCount(Math.round(rate * 10) / 10)}/s`;
