import { Command, InvalidArgumentError } from 'commander';
import type { FaultRates } from './faults.js';
import { MUTANTS, type Mutant } from './mutants.js';
import type { Scenario } from './scenario.js';
import { SUITE_MUTANTS, type SuiteMutant } from './suite-mutants.js';

/** What a chaos run is to do. */
export interface ChaosOptions {
  readonly scenarios: readonly Scenario[];
  readonly mutant: Mutant | SuiteMutant | null;
  readonly isJson: boolean;
  readonly threadCount: number;
}

const ALL_MUTANTS = [...MUTANTS, ...SUITE_MUTANTS];

const SEEDS_DEFAULT = 2_000;
const EVENTS_PER_SEED_DEFAULT = 100;
/** Many events come as many worlds of this size: a trace of a larger one nobody could read. */
const EVENTS_PER_SEED_MAX = 4_000;
const SEEDS_MAX = 1_000_000;
const EVENTS_MAX = 1_000_000_000;
const SEED_MAX = 1_000_000_000_000;
const THREADS_MAX = 64;

interface Flags {
  readonly seed: number;
  readonly seeds?: number;
  readonly events?: number;
  readonly duplicates?: number;
  readonly crash?: number;
  readonly throttle?: number;
  readonly break?: Mutant | SuiteMutant;
  readonly json?: boolean;
  readonly threads: number;
}

/** Read the command line. Prints what is wrong, and ends the process, if it can't be read. */
export function readChaosOptions(argv: readonly string[]): ChaosOptions {
  const flags = makeCommand().parse(argv).opts<Flags>();
  return {
    scenarios: scenariosOf(flags),
    mutant: flags.break ?? null,
    isJson: flags.json ?? false,
    threadCount: flags.threads,
  };
}

function makeCommand(): Command {
  return new Command('chaos')
    .description('Run Tally in a simulated world where everything fails. Exact, or it prints the seed.')
    .option('--seed <n>', 'the first seed', readCountTo(SEED_MAX), 1)
    .option(
      '--seeds <n>',
      `how many seeds (default ${SEEDS_DEFAULT}, or what a broken rule needs)`,
      readCountTo(SEEDS_MAX),
    )
    .option('--events <n>', 'distinct events, over all seeds', readCountTo(EVENTS_MAX))
    .option('--duplicates <share>', 'events that clients send again', readShare)
    .option('--crash <share>', 'calls at which the calling process dies or hangs', readShare)
    .option('--throttle <share>', 'calls that a service refuses', readShare)
    .option(
      '--break <rule>',
      `run a broken protocol: ${ALL_MUTANTS.map(({ name }) => name).join(', ')}`,
      readMutant,
    )
    .option('--threads <n>', 'how many seeds run side by side', readCountTo(THREADS_MAX), 2)
    .option('--json', 'print the figures as JSON');
}

function scenariosOf(flags: Flags): Scenario[] {
  const mutant = flags.break !== undefined && 'seeds' in flags.break ? flags.break : undefined;
  const seedCount = flags.seeds ?? mutant?.seeds ?? seedsFor(flags.events);
  const eventCount = Math.ceil((flags.events ?? seedCount * EVENTS_PER_SEED_DEFAULT) / seedCount);
  const rates = ratesOf(flags);
  return Array.from({ length: seedCount }, (_, index) => ({
    seed: flags.seed + index,
    eventCount,
    checksRules: mutant?.caughtBy !== 'outcome',
    ...(flags.duplicates === undefined ? {} : { duplicateShare: flags.duplicates }),
    ...(Object.keys(rates).length === 0 ? {} : { rates }),
  }));
}

const seedsFor = (events: number | undefined): number =>
  events === undefined ? SEEDS_DEFAULT : Math.ceil(events / EVENTS_PER_SEED_MAX);

function ratesOf({ crash, throttle }: Flags): FaultRates {
  return {
    ...(crash === undefined ? {} : { crashBefore: crash / 3, crashAfter: crash / 3, timeOut: crash / 3 }),
    ...(throttle === undefined ? {} : { throttled: throttle }),
  };
}

function readCountTo(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isSafeInteger(count) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no count; accepted: a whole number from 1 to ${max.toLocaleString('en-US')}, also as 1e6`,
    );
  };
}

function readShare(text: string): number {
  const share = Number(text);
  if (text !== '' && share >= 0 && share < 1) return share;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no share; accepted: 0 up to, but not, 1`);
}

function readMutant(name: string): Mutant | SuiteMutant {
  const mutant = ALL_MUTANTS.find((candidate) => candidate.name === name);
  if (mutant !== undefined) return mutant;
  throw new InvalidArgumentError(
    `there is no ${JSON.stringify(name)}; accepted: ${ALL_MUTANTS.map((m) => m.name).join(', ')}`,
  );
}
