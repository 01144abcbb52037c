import type { Command } from 'commander';
import { UnreachableError } from '../client/index.js';
import { describeCommand, numberBetween, wholeNumber } from './command.js';
import type { Io } from './io.js';
import type { GlobalFlags } from './settings.js';
import { WATCHED_TYPES_MAX, httpOf, look, type Look } from './watch/look.js';
import { ratesOf } from './watch/rates.js';
import { makeShow } from './watch/show.js';

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
      show.look(now, ratesOf(now, before));
      before = now;
    } catch (error) {
      // A server that goes away may come back; one that was never there is a mistake.
      if (!(error instanceof UnreachableError) || before === undefined) throw error;
      show.away(error.message);
    }
    if (looks === flags.looks) return;
    await Promise.race([io.sleep(flags.interval * SECOND_MS), interrupted]);
  }
}
