import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { TallyClient } from '../client/index.js';
import { parseInstant } from '../core/time.js';
import { describeCommand, instantText, numberBetween, wholeNumber } from './command.js';
import { EXIT } from './failure.js';
import type { Io } from './io.js';
import { countArchive } from './load/archive.js';
import { waitUntilCounted } from './load/catch-up.js';
import { readCounted } from './load/counted.js';
import { keysToVerify } from './load/expected.js';
import { sourceOf, type LoadPlan } from './load/generate.js';
import { Killer } from './load/killer.js';
import { runLoad, type Pace } from './load/run-load.js';
import { ServerChild } from './load/server-child.js';
import { compare, isProven, jsonOf, textOf, type Verdict } from './load/verdict.js';
import type { Outcome } from './main.js';
import { clientOf, dataDirectoryOf, type GlobalFlags } from './settings.js';

interface LoadFlags extends GlobalFlags {
  readonly count: number;
  readonly rate?: number;
  readonly keys: number;
  readonly zipf: number;
  readonly duplicates: number;
  readonly perRequest: number;
  readonly concurrency: number;
  readonly seed?: number;
  readonly type?: string;
  readonly at?: string;
  readonly verify: number;
  readonly kill?: number;
}

export function addLoad(program: Command, io: Io, outcome: Outcome): void {
  describeCommand(
    program.command('load'),
    'Send generated events, then compare what is counted with what must be. Differences end with exit code 1.',
    [
      'tally load',
      'tally load --count 1000000 --keys 100000 --zipf 1 --duplicates 0.05 --rate 5000',
      'tally load --count 200000 --kill 5      with a server of its own, killed five times',
    ],
  )
    .option('--count <n>', 'distinct events', wholeNumber(1, 1e9), 10_000)
    .option(
      '--rate <n>',
      'distinct events a second; without it: as fast as they are taken',
      numberBetween(0.001, 1e6),
    )
    .option('--keys <n>', 'distinct subjects', wholeNumber(1, 1e8), 1_000)
    .option('--zipf <exponent>', 'how uneven the subjects are: 0 even, 1 like names', numberBetween(0, 10), 1)
    .option(
      '--duplicates <share>',
      'events sent more than once, in and across requests',
      numberBetween(0, 1),
      0.05,
    )
    .option('--per-request <n>', 'events in a request', wholeNumber(1, 500), 100)
    .option('--concurrency <n>', 'requests at once', wholeNumber(1, 1_000), 8)
    .option(
      '--seed <n>',
      'the same seed is the same load; without it: a new one',
      wholeNumber(0, 2 ** 32 - 1),
    )
    .option('--type <type>', "the events' type; without it: a new one")
    .option('--at <time>', 'events happen in the ten minutes before; without it: now', instantText)
    .option('--verify <n>', 'subjects to compare, or all', subjectCount, 100)
    .option(
      '--kill <n>',
      'start a server on --data (else on a temporary directory) and kill it n times',
      wholeNumber(0, 1_000),
    )
    .option('--json', 'print the result as JSON')
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<LoadFlags>();
      const plan = planOf(flags, io);
      const verdict = await (flags.kill === undefined
        ? loadServer(plan, flags, io)
        : loadOwnServer(plan, flags, flags.kill, io));
      io.stdout.write(flags.json === true ? jsonOf(verdict) : textOf(verdict));
      if (!isProven(verdict)) outcome.exitCode = EXIT.difference;
    });
}

function subjectCount(text: string): number {
  if (text === 'all') return Infinity;
  try {
    return wholeNumber(0, 1e8)(text);
  } catch {
    throw new InvalidArgumentError('Accepted: a whole number, or all.');
  }
}

function planOf(flags: LoadFlags, io: Io): LoadPlan {
  // Random, so that a second load with the same seed is new events and not duplicates of the first.
  const run = Buffer.from(io.randomBytes(6)).toString('hex');
  return {
    run,
    type: flags.type ?? `load.${run}`,
    seed: flags.seed ?? Buffer.from(io.randomBytes(4)).readUInt32LE(),
    count: flags.count,
    keyCount: flags.keys,
    zipfExponent: flags.zipf,
    duplicateShare: flags.duplicates,
    eventsPerRequest: flags.perRequest,
    atMs: (flags.at === undefined ? undefined : parseInstant(flags.at)) ?? io.nowMs(),
  };
}

const loadServer = (plan: LoadPlan, flags: LoadFlags, io: Io): Promise<Verdict> =>
  loadAndCompare(plan, flags, clientOf(flags, io, { max: 20 }), io);

interface Disturbance {
  readonly onAcknowledged: NonNullable<Pace['onAcknowledged']>;
  /** Called when everything is sent, before anything is compared. */
  finish(): Promise<void>;
}

async function loadAndCompare(
  plan: LoadPlan,
  flags: LoadFlags,
  client: TallyClient,
  io: Io,
  disturbance?: Disturbance,
): Promise<Verdict> {
  const keys = keysToVerify(plan, flags.verify);
  const before = await readCounted(client, plan.type, keys);
  const load = await runLoad(plan, client, io, {
    concurrency: flags.concurrency,
    ...(flags.rate === undefined ? {} : { ratePerSecond: flags.rate }),
    ...(disturbance === undefined ? {} : { onAcknowledged: disturbance.onAcknowledged }),
  });
  await disturbance?.finish();
  await waitUntilCounted(client, io);
  const after = await readCounted(client, plan.type, keys);
  return {
    plan,
    load,
    kills: 0,
    retried: client.stats().retried,
    ...compare(plan, load, keys, before, after),
  };
}

async function loadOwnServer(plan: LoadPlan, flags: LoadFlags, kills: number, io: Io): Promise<Verdict> {
  const isTemporary = flags.data === undefined;
  const data = isTemporary ? await mkdtemp(join(tmpdir(), 'tally-load-')) : dataDirectoryOf(flags, io);
  const server = await ServerChild.start(data, io);
  const killer = new Killer(server, io, { kills, count: plan.count, seed: plan.seed });
  let verdict: Verdict;
  try {
    const client = clientOf({ ...flags, url: server.url }, io, { max: 300, delayMs: 50, delayMsMax: 500 });
    verdict = await loadAndCompare(plan, flags, client, io, {
      onAcknowledged: (count) => killer.acknowledged(count),
      finish: () => killer.finish(),
    });
  } finally {
    await server.stop();
  }
  const archive = await countArchive(data, sourceOf(plan));
  const whole = { ...verdict, archive, kills: killer.killCount };
  if (isTemporary && isProven(whole)) await rm(data, { recursive: true });
  else io.stderr.write(`tally: the data is kept in ${data}\n`);
  return whole;
}
