/** What SQL takes to audit a day, as a ratio to DuckDB's bare scan of the same files. */
import { join } from 'node:path';
import { DuckDb } from '../adapters/embedded/duckdb.js';
import { DuckDbSql } from '../adapters/embedded/duckdb-reconciler.js';
import { FileAuditFiles } from '../adapters/embedded/file-audit-files.js';
import { dayBefore } from '../core/audit/reconciler.js';
import { WHOLE, workFile } from '../core/audit/run.js';
import { counterOf, type TallyEvent } from '../core/event.js';
import { getOrMake } from '../core/get-or-make.js';
import { formatInstant } from '../core/time.js';
import { DAY, inBenchDirectory, writeDay } from './audit-day.js';
import type { Bench, BenchIo, BenchTable } from './bench.js';
import { EventSource } from './events.js';

const EVENT_COUNTS = [1_000_000, 10_000_000];
const MEMORY_MEGABYTES = 512;
const THREADS = 2;
/** One delivery in a hundred repeats the one before. */
const REPETITION_EVERY = 100;
const PLAN = { seed: 1, counterCount: 10_000, zipfExponent: 1, typeCount: 10, lateShare: 0 };

const fence = { day: DAY, runNumber: 1 };
/** By counter and hour: how often. */
type Sums = Map<string, { value: number }>;

export const audit: Bench = {
  name: 'audit',
  varies: 'events of a day: 1 and 10 million',
  reports: "the audit's SQL against a bare scan of the archive",
  run: async (io) => {
    const tables: BenchTable[] = [];
    for (const eventCount of EVENT_COUNTS)
      tables.push(await inBenchDirectory((directory) => measureDay(directory, eventCount, io)));
    return tables;
  },
};

async function measureDay(directory: string, eventCount: number, io: BenchIo): Promise<BenchTable> {
  const sums: Sums = new Map();
  await writeDay(directory, { eventCount, eventAt: events(), take: (_, some) => sum(sums, some) }, io);
  const files = new FileAuditFiles(join(directory, 'audit'));
  await files.write(workFile(fence, 'snapshot', WHOLE), snapshotOf(sums));
  await files.write(workFile(fence, 'corrections', WHOLE), nothing());
  const steps = await measureSteps(directory, io);
  return tableOfSteps(eventCount, sums.size, steps);
}

/** What one event adds is added once, however often it comes. */
const seen = new WeakSet<TallyEvent>();

function events(): (index: number, timeMs: number) => TallyEvent {
  const source = new EventSource(PLAN);
  let last: TallyEvent | undefined;
  return (index, timeMs) => {
    if (last === undefined || index % REPETITION_EVERY !== 0) last = source.next(timeMs);
    return last;
  };
}

function sum(sums: Sums, some: readonly TallyEvent[]): void {
  for (const event of some) {
    if (seen.has(event)) continue;
    seen.add(event);
    const hour = formatInstant(event.timeMs).slice(0, 13);
    for (const counter of [event.type, counterOf(event.type, event.subject)])
      getOrMake(sums, `${counter}\t${hour}`, () => ({ value: 0 })).value++;
  }
}

async function* snapshotOf(sums: Sums): AsyncIterable<string> {
  for (const [key, { value }] of sums) yield `${key}\t${value}\t${value}\t${value}\t${value}\n`;
}

async function* nothing(): AsyncIterable<string> {
  // No corrections: everything agrees.
}

interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function measure(work: () => Promise<unknown>): Promise<Took> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(startCpu);
  return { wallMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

async function measureSteps(directory: string, io: BenchIo): Promise<Record<string, Took>> {
  const took: Record<string, Took> = {};
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    io.progress(name);
    took[name] = await measure(work);
  };
  await step('bare scan', () => bareScan(directory));
  const options = { dataDirectory: directory, auditDirectory: join(directory, 'audit') };
  const reconciler = await new DuckDbSql({
    ...options,
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
  }).openRun(fence);
  await step('stage', () => reconciler.stage());
  await step('reconcile', async () => expectNone((await reconciler.reconcile()).drift));
  await step('receipts', async () => expectNone((await reconciler.checkReceipts()).incomplete));
  await step('totals', async () => {
    for await (const total of reconciler.totals()) void total;
  });
  await reconciler.close();
  io.progress('');
  return took;
}

/** Also keeps the bench honest: what it measures is an audit that comes to the right end. */
function expectNone(rows: readonly unknown[]): void {
  if (rows.length > 0) throw new Error(`the bench's own data differs: ${JSON.stringify(rows[0])}`);
}

async function bareScan(dataDirectory: string): Promise<void> {
  const db = await DuckDb.open({
    dataDirectory,
    database: ':memory:',
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
    firstDt: dayBefore(DAY),
  });
  for await (const row of db.rows('select count(*), sum(length(line)) from raw_events')) void row;
  db.close();
}

function tableOfSteps(eventCount: number, counterHours: number, took: Record<string, Took>): BenchTable {
  const { 'bare scan': scan = { wallMs: 1, cpuMs: 1 }, ...steps } = took;
  const all = Object.values(steps);
  const whole = {
    wallMs: all.reduce((sumMs, { wallMs }) => sumMs + wallMs, 0),
    cpuMs: all.reduce((sumMs, { cpuMs }) => sumMs + cpuMs, 0),
  };
  return {
    title: `Audit ${eventCount} events, ${counterHours} counter-hours`,
    head: ['step', 'CPU / scan', 'time / scan', 'CPU s', 's'],
    rows: Object.entries({ 'bare scan': scan, ...steps, audit: whole }).map(([name, { wallMs, cpuMs }]) => [
      name,
      (cpuMs / scan.cpuMs).toFixed(2),
      (wallMs / scan.wallMs).toFixed(2),
      (cpuMs / 1000).toFixed(1),
      (wallMs / 1000).toFixed(1),
    ]),
    notes: [
      `1 % of the lines are repetitions. ${THREADS} threads, ${MEMORY_MEGABYTES} MB for DuckDB.`,
      'Settling the journals and the snapshot are LMDB’s part, and not in it: see audit-shards.',
    ],
  };
}
