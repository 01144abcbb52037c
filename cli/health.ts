import type { Command } from 'commander';
import { describeCommand } from './command.js';
import { EXIT } from './failure.js';
import type { Io } from './io.js';
import type { Outcome } from './main.js';
import { clientOf, type GlobalFlags } from './settings.js';
import { tableOf } from './table.js';

export function addHealth(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(
    program.command('health'),
    'Ask whether the server is well, and how far counting is behind.',
    ['tally health', 'tally health --json | jq .lagMs'],
  )
    .option('--json', 'print the reply as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const health = await clientOf(flags, io).health();
      io.stdout.write(
        flags.json === true ? `${JSON.stringify(health)}\n` : tableOf(['what', 'is'], rowsOf(health)),
      );
      if (health.status !== 'ok') outcome.exitCode = EXIT.difference;
    });
}

/** Every field of the reply, those inside others by their path: `backlog.chunks`. */
function rowsOf(fields: object, prefix = ''): string[][] {
  return Object.entries(fields as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? rowsOf(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value === null ? '-' : shownValue(value)]],
  );
}

const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
