/** `npm run bench`: every figure that is quoted, measured anew. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { tableOf } from '../cli/table.js';
import { audit } from './audit.js';
import { auditShards } from './audit-shards.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';
import { chunkBytes } from './chunk-bytes.js';
import { coldStart } from './cold-start.js';
import { consoleBench } from './console.js';
import { countCpu } from './count-cpu.js';
import { disk } from './disk.js';
import { growth } from './growth.js';
import { history } from './history.js';
import { ingestCpu } from './ingest-cpu.js';
import { lateEvents } from './late-events.js';
import { peers } from './peers.js';
import { sdkCalls } from './sdk-calls.js';
import { throughput } from './throughput.js';
import { usualPatterns } from './usual-patterns.js';
import { writeUnits } from './write-units.js';

const BENCHES: readonly Bench[] = [
  audit,
  auditShards,
  consoleBench,
  countCpu,
  ingestCpu,
  chunkBytes,
  sdkCalls,
  writeUnits,
  usualPatterns,
  lateEvents,
  growth,
  history,
  disk,
  coldStart,
  throughput,
  peers,
];

const RESULTS = new URL('./results/', import.meta.url);

interface Flags {
  readonly only: readonly string[];
  readonly json?: boolean;
  readonly save?: boolean;
  readonly events?: number;
}

interface Result {
  readonly bench: string;
  readonly tables: readonly BenchTable[];
}

const program = new Command('bench')
  .description(
    'Measure what docs/performance.md and docs/cost.md quote. Nothing here is a test: nothing fails by being slow.',
  )
  .argument('[names...]', 'benches to run', named, [])
  .option('--only <name>', 'run this one; may be given again', named, [])
  .option('--events <count>', 'how many events, for the benches that run an engine', wholeNumber)
  .option('--json', 'print the tables as JSON')
  .option('--save', 'keep the tables under bench/results/, by date')
  .addHelpText(
    'after',
    `\n${tableOf(
      ['bench', 'varies', 'reports'],
      BENCHES.map((b) => [b.name, b.varies, b.reports]),
    )}`,
  )
  .action((names: string[], flags: Flags) => run([...names, ...flags.only], flags));

await program.parseAsync();

function named(name: string, before: string[]): string[] {
  if (BENCHES.some((bench) => bench.name === name)) return [...before, name];
  throw new InvalidArgumentError(`Accepted: ${BENCHES.map((bench) => bench.name).join(', ')}.`);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Accepted: a whole number above 0.');
}

async function run(names: readonly string[], flags: Flags): Promise<void> {
  const results: Result[] = [];
  for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const result = { bench: bench.name, tables: await bench.run(ioOf(bench, flags)) };
    results.push(result);
    if (flags.json !== true) process.stdout.write(result.tables.map(textOf).join('\n') + '\n');
  }
  const today = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ date: today, machine, results })}\n`);
  if (flags.save === true) save(today, machine, results);
}

/** One file per day and bench: a bench run twice on a day is kept once. */
function save(date: string, machine: string, results: readonly Result[]): void {
  mkdirSync(RESULTS, { recursive: true });
  for (const { bench, tables } of results) {
    const text = `${JSON.stringify({ date, machine, bench, tables }, null, 2)}\n`;
    writeFileSync(new URL(`${date}-${bench}.json`, RESULTS), text);
  }
}

/** On a terminal, one line that is written over; elsewhere nothing. */
function ioOf({ name }: Bench, { events }: Flags): BenchIo {
  const isWatched = process.stderr.isTTY;
  return {
    ...(events === undefined ? {} : { eventCount: events }),
    progress: (note) => {
      if (isWatched) process.stderr.write(`\r\x1b[K${name}: ${note}${note === '' ? '\r\x1b[K' : ''}`);
    },
  };
}

function textOf({ title, head, rows, notes }: BenchTable): string {
  return `\n${title}\n\n${tableOf(head, rows)}${notes.map((note) => `\n${note}`).join('')}\n`;
}
