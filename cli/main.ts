import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addAudit } from './audit.js';
import { addCost } from './cost.js';
import { addDays } from './days.js';
import { addGet } from './get.js';
import { addHealth } from './health.js';
import { addKeys } from './keys.js';
import { addLoad } from './load.js';
import { addSend } from './send.js';
import { addWatch } from './watch.js';
import { addSql } from './sql.js';
import { EXIT, failureOf, lineOf, type ExitCode } from './failure.js';
import type { Io } from './io.js';

/** Where a command leaves its exit code. */
export interface Outcome {
  exitCode: ExitCode;
}

/** Run one command line. Never throws: what goes wrong is one line on stderr and an exit code. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const outcome: Outcome = { exitCode: EXIT.ok };
  try {
    await makeProgram(io, outcome).parseAsync(argv, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    const { exitCode, line } = failureOf(error);
    io.stderr.write(line);
    return exitCode;
  }
}

function makeProgram(io: Io, outcome: Outcome): Command {
  const program = new Command('tally')
    .description('Count events exactly: send them, read counters, prove that nothing is lost.')
    .version(packageJson.version)
    .option('--url <url>', 'the server (or TALLY_URL; default http://127.0.0.1:8787)')
    .option('--key <token>', 'an API key (or TALLY_KEY)')
    .option(
      '--data <directory>',
      'the data, for commands that work on it directly (or TALLY_DATA; default ./data)',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES)
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(lineOf('parameter_invalid', text.replace(/^error: /, ''))),
    })
    .exitOverride();
  // After the settings, which commands inherit when they are added.
  for (const add of [
    addSend,
    addGet,
    addLoad,
    addKeys,
    addHealth,
    addWatch,
    addCost,
    addAudit,
    addDays,
    addSql,
  ])
    add(program, io, outcome);
  return program;
}

const EXAMPLES = `Examples:
  tally send events.ndjson                    send a file of events, one JSON object a line
  tally get page.viewed --granularity hour    read a counter
  tally load --count 100000 --kill 3          prove it: count exactly through three crashes
  tally keys create --scope ingest            make a key for a producer
  tally audit --day 2026-11-20                compare archive, journals and counters; seal the day
  tally watch                                 see rates and counters live
  tally cost --rate 5000 --freshness 60       estimate what a load costs on AWS
`;

const EXIT_CODES = `
Exit codes: 0 ok; 1 events were rejected, or counts differ; 2 usage; 3 the server can't be reached;
4 refused or failed (the message has the code: see docs/errors.md).`;
