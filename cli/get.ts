import { InvalidArgumentError, type Command } from 'commander';
import type { CounterQuery, CounterReply, Granularity } from '../client/index.js';
import { describeCommand, instantText } from './command.js';
import type { Io } from './io.js';
import { clientOf, type GlobalFlags } from './settings.js';
import { formatCount, tableOf } from './table.js';

type GetFlags = GlobalFlags & CounterQuery;

export function addGet(program: Command, io: Io): void {
  describeCommand(program.command('get <type>'), 'Read a counter: its total, and its rows by time.', [
    'tally get page.viewed',
    'tally get page.viewed --subject /home --granularity hour --from 2026-11-21',
    'tally get page.viewed --json | jq .value',
  ])
    .option('--subject <subject>', "the counter of one of the type's subjects")
    .option('--from <time>', 'from this instant on: RFC 3339, or a day', instantText)
    .option('--to <time>', 'up to this instant, itself left out', instantText)
    .option(
      '--granularity <unit>',
      'minute, hour or day (PT1M, PT1H, P1D); without it: the total only',
      granularityOf,
    )
    .option('--json', 'print the reply as JSON')
    .action(async (type: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GetFlags>();
      const reply = await clientOf(flags, io).get(type, queryOf(flags));
      io.stdout.write(flags.json === true ? `${JSON.stringify(reply)}\n` : textOf(reply));
    });
}

function queryOf({ subject, from, to, granularity }: GetFlags): CounterQuery {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(granularity === undefined ? {} : { granularity }),
  };
}

const GRANULARITIES: Readonly<Record<string, Granularity>> = {
  minute: 'PT1M',
  PT1M: 'PT1M',
  hour: 'PT1H',
  PT1H: 'PT1H',
  day: 'P1D',
  P1D: 'P1D',
};

function granularityOf(text: string): Granularity {
  const granularity = Object.hasOwn(GRANULARITIES, text) ? GRANULARITIES[text] : undefined;
  if (granularity !== undefined) return granularity;
  throw new InvalidArgumentError(`Accepted: ${Object.keys(GRANULARITIES).join(', ')}.`);
}

function textOf(reply: CounterReply): string {
  const rows = reply.rows.map(({ from, to, value, events, status }) => [from, to, value, events, status]);
  const table = rows.length === 0 ? '' : `${tableOf(['from', 'to', 'value', 'events', 'status'], rows)}\n`;
  const total = `total ${formatCount(reply.value)} in ${formatCount(reply.events)} events`;
  const age = `as of ${reply.asOf} (${formatCount(reply.lagMs)} ms behind), sealed through ${reply.sealedThrough ?? '-'}`;
  return `${table}${total}\n${age}\n`;
}
