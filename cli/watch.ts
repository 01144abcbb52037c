import type { Command } from 'commander';
import { UnreachableError } from '../client/index.js';
import { formatInstant } from '../core/time.js';
import { describeCommand, numberBetween, wholeNumber } from './command.js';
import type { Io } from './io.js';
import type { GlobalFlags } from './settings.js';
import { formatCount, tableOf } from './table.js';
import { WATCHED_TYPES_MAX, httpOf, look, type Look } from './watch/look.js';
import { ratesOf, rejectedOf, type Rates } from './watch/rates.js';

interface WatchFlags extends GlobalFlags {
  readonly interval: number;
  readonly top: number;
  readonly looks?: number;
}

const SECOND_MS = 1_000;

export function addWatch(program: Command, io: Io): void {
  describeCommand(
    program.command('watch [types...]'),
    `Watch rates, freshness and the counters that grow the most. Without types: among the first ${WATCHED_TYPES_MAX}.`,
    [
      'tally watch',
      'tally watch page.viewed template.used --interval 5',
      'tally watch --json | jq .countedRate',
    ],
  )
    .option('--interval <seconds>', 'between looks', numberBetween(0.1, 3_600), 1)
    .option('--top <n>', 'counters to show', wholeNumber(1, WATCHED_TYPES_MAX), 10)
    .option('--looks <n>', 'end after so many; without it: watch until Ctrl-C', wholeNumber(1, 1e9))
    .option('--json', 'print a line of JSON for each look')
    .action(async (types: string[], _flags: unknown, command: Command) => {
      await watch(types, command.optsWithGlobals<WatchFlags>(), io);
    });
}

async function watch(types: readonly string[], flags: WatchFlags, io: Io): Promise<void> {
  const http = httpOf(flags, io);
  const show = makeShow(flags, io);
  let isInterrupted = false;
  const interrupted = io.interrupted().then(() => void (isInterrupted = true));
  let before: Look | undefined;
  for (let looks = 1; !isInterrupted; looks++) {
    try {
      const now = await look(http, types, io.nowMs());
      show(now, ratesOf(now, before));
      before = now;
    } catch (error) {
      // A server that goes away may come back; one that was never there is a mistake.
      if (!(error instanceof UnreachableError) || before === undefined) throw error;
      io.stderr.write(`tally: ${error.message}; waiting for it\n`);
    }
    if (looks === flags.looks) return;
    await Promise.race([io.sleep(flags.interval * SECOND_MS), interrupted]);
  }
}

type Show = (now: Look, rates: Rates) => void;

function makeShow({ json, top }: WatchFlags, io: Io): Show {
  if (json === true)
    return (now, rates) => void io.stdout.write(`${JSON.stringify(jsonOf(now, rates, top))}\n`);
  if (io.stdout.isTTY !== true) return (now, rates) => void io.stdout.write(lineOf(now, rates));
  let drawnLines = 0;
  return (now, rates) => {
    const text = screenOf(now, rates, top);
    // Back to where the screen before began, and clear from there: what stood above it stays.
    io.stdout.write(`${drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[J`}${text}`);
    drawnLines = text.split('\n').length - 1;
  };
}

const jsonOf = ({ atMs, stats }: Look, rates: Rates, top: number): object => ({
  at: formatInstant(atMs),
  ...stats,
  ...rates,
  counters: rates.counters.slice(0, top),
});

function lineOf({ atMs, stats }: Look, rates: Rates): string {
  const { accepted, counted, duplicate, rejected } = stats.events;
  return (
    `${formatInstant(atMs)} ${stats.status}, ${formatCount(stats.lagMs)} ms behind; ` +
    `accepted ${formatCount(accepted)} (${rateText(rates.acceptedRate)}), ` +
    `counted ${formatCount(counted)} (${rateText(rates.countedRate)}), ` +
    `duplicates ${formatCount(duplicate)}, rejected ${formatCount(rejectedOf(rejected))}\n`
  );
}

function screenOf({ atMs, stats }: Look, rates: Rates, top: number): string {
  const { accepted, counted, duplicate, rejected } = stats.events;
  const flow = tableOf(
    ['events', 'a second', 'since the start'],
    [
      ['accepted', rateText(rates.acceptedRate), formatCount(accepted)],
      ['counted', rateText(rates.countedRate), formatCount(counted)],
      ['duplicates', rateText(rates.duplicateRate), formatCount(duplicate)],
      ['rejected', rateText(rates.rejectedRate), formatCount(rejectedOf(rejected))],
      ...Object.entries(rejected).map(([code, count]) => [`  ${code}`, '', formatCount(count)]),
    ],
  );
  const counters = rates.counters
    .slice(0, top)
    .map(({ type, value, rate }) => [type, rateText(rate), formatCount(value)]);
  const health =
    `${formatInstant(atMs)}  ${stats.status}, ${formatCount(stats.lagMs)} ms behind, ` +
    `backlog ${formatCount(stats.backlog.bytes)} bytes`;
  return `${health}\n\n${flow}\n${tableOf(['counter', 'a second', 'value'], counters)}`;
}

const rateText = (rate: number | null): string =>
  rate === null ? '-' : `${formatCount(Math.round(rate * 10) / 10)}/s`;
