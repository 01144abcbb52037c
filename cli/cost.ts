import { InvalidArgumentError, Option, type Command } from 'commander';
import { isLaneCount, isPowerOfTwo } from '../core/lane.js';
import { LANE_COUNT_MAX } from '../core/limits.js';
import { expectUnits, SECONDS_PER_MONTH, type Expectation } from '../core/cost/expected-units.js';
import { billOf, type Bill } from '../core/cost/meter.js';
import { savingsOf } from '../core/cost/savings.js';
import { USUAL_PATTERNS, usualPatternUnits } from '../core/cost/usual-patterns.js';
import { WORKLOAD_DEFAULT, type Capacity, type Workload } from '../core/cost/workload.js';
import { describeCommand, numberBetween, wholeNumber } from './command.js';
import type { Io } from './io.js';
import { tableOf } from './table.js';

const SECONDS_PER_DAY = 86_400;

interface CostFlags {
  readonly rate: number;
  readonly counters: number;
  readonly zipf: number;
  readonly types: number;
  readonly late: number;
  readonly perRequest: number;
  readonly freshness: number;
  readonly lanes: number;
  readonly stripes: number;
  readonly eventBytes: number;
  readonly capacity: Capacity;
  readonly archiveMonths: number;
  readonly json?: boolean;
}

export function addCost(program: Command, io: Io): void {
  const preset = WORKLOAD_DEFAULT;
  const cost = describeCommand(
    program.command('cost'),
    'Estimate what a load costs on AWS: dollars per billion events, line by line. Calls nobody.',
    [
      'tally cost --rate 5000 --counters 100000 --per-request 100 --freshness 60',
      'tally cost --rate 200 --types 20 --late 0.01 --capacity provisioned',
      'tally cost --rate 20 --per-request 10 --stripes 1',
      'tally cost --json | jq .usdPerBillion',
    ],
  );
  cost
    .option('--rate <n>', 'events per second, steadily', numberBetween(0.001, 1e6), preset.eventsPerSecond)
    .option('--counters <n>', 'distinct type/subject counters', wholeNumber(1, 1e6), preset.counterCount)
    .option('--zipf <exponent>', 'how skewed they are: 0 even', numberBetween(0, 3), preset.zipfExponent)
    .option('--types <n>', 'distinct types, each with its counter', wholeNumber(1, 1e4), preset.typeCount)
    .option('--late <share>', 'share of events up to 48 h late', numberBetween(0, 1), preset.lateShare)
    .option('--per-request <n>', 'events per request', wholeNumber(1, 5_000), preset.eventsPerRequest)
    .option('--freshness <seconds>', 'batching window', numberBetween(1, 300), preset.freshnessSeconds)
    .option('--lanes <n>', 'lanes of the stack', laneCount, preset.laneCount)
    .option(
      '--stripes <n>',
      'shards of the stream; more if the load needs more',
      stripeCount,
      preset.stripeCount,
    )
    .option('--event-bytes <n>', 'one event as it is sent', wholeNumber(50, 262_144), preset.eventBytes)
    .option(
      '--archive-months <n>',
      'how long its archive is paid for',
      wholeNumber(0, 1_200),
      preset.archiveMonths,
    )
    .addOption(
      new Option('--capacity <mode>', "of the journal's and the counters' table")
        .choices(['on-demand', 'provisioned'])
        .default(preset.capacity),
    )
    .option('--json', 'print the bill and its units as JSON')
    .action((_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<CostFlags>();
      checkTogether(flags, command);
      const workload = workloadOf(flags);
      const expectation = expectUnits(workload);
      const bill = billOf(expectation.units, expectation.eventCount);
      io.stdout.write(
        flags.json === true ? jsonOf(workload, expectation, bill) : textOf(workload, expectation, bill),
      );
    });
}

function laneCount(text: string): number {
  const count = Number(text);
  if (isLaneCount(count)) return count;
  throw new InvalidArgumentError(`Accepted: a power of two, 1 to ${LANE_COUNT_MAX}.`);
}

function stripeCount(text: string): number {
  const count = Number(text);
  if (isPowerOfTwo(count) && count <= LANE_COUNT_MAX) return count;
  throw new InvalidArgumentError('Accepted: a power of two, up to the number of lanes.');
}

/** What each flag can't know of the others. */
function checkTogether({ types, counters, stripes, lanes }: CostFlags, command: Command): void {
  if (types > counters)
    command.error(
      `error: --types ${types} is more than --counters ${counters}: a counter belongs to one type. Accepted: up to ${counters}.`,
    );
  if (stripes > lanes)
    command.error(
      `error: --stripes ${stripes} is more than --lanes ${lanes}: a stripe is a group of lanes. Accepted: up to ${lanes}.`,
    );
}

const workloadOf = (flags: CostFlags): Workload => ({
  eventsPerSecond: flags.rate,
  counterCount: flags.counters,
  zipfExponent: flags.zipf,
  typeCount: flags.types,
  lateShare: flags.late,
  eventsPerRequest: flags.perRequest,
  freshnessSeconds: flags.freshness,
  laneCount: flags.lanes,
  stripeCount: flags.stripes,
  eventBytes: flags.eventBytes,
  capacity: flags.capacity,
  archiveMonths: flags.archiveMonths,
});

interface Comparison {
  readonly name: string;
  readonly writeUnitsPerEvent: number;
  readonly usdPerBillion: number;
  readonly inACrash: string;
}

const comparisons = (): Comparison[] =>
  USUAL_PATTERNS.map((pattern) => ({
    name: pattern.name,
    writeUnitsPerEvent: pattern.writeUnitsPerEvent,
    usdPerBillion: billOf(usualPatternUnits(pattern, 1e9), 1e9).usdPerBillion,
    inACrash: pattern.inACrash,
  }));

const jsonOf = (workload: Workload, { batching, store }: Expectation, bill: Bill): string =>
  `${JSON.stringify({
    workload,
    batching,
    store,
    ...bill,
    usualPatterns: comparisons(),
    savings: savingsOf(workload),
  })}\n`;

function textOf(workload: Workload, { batching, store }: Expectation, bill: Bill): string {
  const lines = bill.lines.map(({ service, what, units, unit, usdPerBillion }) => [
    service,
    what,
    shortNumber(units),
    unit,
    dollars(usdPerBillion),
  ]);
  const services = bill.services.map(({ service, usdPerBillion }) => [service, dollars(usdPerBillion)]);
  return [
    tableOf(['service', 'for', 'units', 'unit', '         $'], lines),
    tableOf(['service', '$ per billion'], [...services, ['total', dollars(bill.usdPerBillion)]]),
    noteOf(workload, batching, bill),
    savingsText(workload),
    `DynamoDB, writes only, for the same counters:\n`,
    comparisonTable(workload, store, bill),
    `Prices of ${bill.priceListVersion}, ${bill.region}, without free tiers and discounts (docs/cost.md).\n`,
  ].join('\n');
}

function noteOf(
  { freshnessSeconds, stripeCount, eventsPerSecond }: Workload,
  batching: Expectation['batching'],
  bill: Bill,
): string {
  const seconds = 1e9 / eventsPerSecond;
  const aMonth = (bill.usdPerBillion * SECONDS_PER_MONTH) / seconds;
  const monthly =
    `A billion events are ${shortNumber(seconds / SECONDS_PER_DAY)} days at this rate: ` +
    `$${dollars(aMonth).trim()} a month.`;
  const stripes =
    batching.stripeCount > stripeCount
      ? ` The load needs ${batching.stripeCount} stripes: reckoned with those.`
      : '';
  const window = batching.isWindowCut
    ? ` A batch is full after ${batching.windowSeconds.toFixed(1)} s, before the window of ${freshnessSeconds} s:` +
      ` larger requests or more stripes fill it.`
    : '';
  return `${monthly}${stripes}${window}\n`;
}

/** By themselves, not together: what one saves, another can't save again. */
function savingsText(workload: Workload): string {
  const savings = savingsOf(workload);
  if (savings.length === 0) return 'No other setting would make this much cheaper.\n';
  const rows = savings.map(({ change, usdPerBillion, share }) => [
    change,
    dollars(usdPerBillion),
    `${Math.round(share * 100)} %`,
  ]);
  return tableOf(['cheaper, each by itself', '$ a billion', 'of it all'], rows);
}

function comparisonTable(workload: Workload, store: Expectation['store'], bill: Bill): string {
  const writes = store.journalWriteUnits + store.counterWriteUnits;
  const tally = bill.lines
    .filter(({ price }) => /^(journal|counter)Write/.test(price))
    .reduce((sum, { usdPerBillion }) => sum + usdPerBillion, 0);
  return tableOf(
    ['pattern', 'write units an event', '$ per billion', 'in a crash'],
    [
      [`Tally (${workload.capacity})`, writes.toFixed(3), dollars(tally), 'exact'],
      ...comparisons().map(({ name, writeUnitsPerEvent, usdPerBillion, inACrash }) => [
        name,
        writeUnitsPerEvent.toFixed(3),
        dollars(usdPerBillion),
        inACrash,
      ]),
    ],
  );
}

/** In columns of one width, so that the cents stand under each other. */
const dollars = (usd: number): string =>
  usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).padStart(10);

/** 28450316 → 28.5 M */
function shortNumber(n: number): string {
  const [unit = '', divisor = 1] = (
    [
      ['G', 1e9],
      ['M', 1e6],
      ['k', 1e3],
    ] as const
  ).find(([, from]) => n >= from) ?? ['', 1];
  const scaled = n / divisor;
  const text = scaled >= 100 ? scaled.toFixed(0) : scaled.toPrecision(3);
  return unit === '' ? text : `${text} ${unit}`;
}
