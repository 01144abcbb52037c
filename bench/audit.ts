/**
 * How long SQL takes to audit a day, as a ratio to DuckDB's bare scan of the same files: `npx tsx bench/audit.ts [events]`.
 *
 * Writes a day's archive, receipts and snapshot into a temporary directory, all in agreement; then stages, reconciles, checks
 * receipts and sums the totals as the nightly audit does. Settling and the snapshot itself are LMDB's part, and not in it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../adapters/embedded/duckdb.js';
import { DuckDbSql } from '../adapters/embedded/duckdb-reconciler.js';
import { FileAuditFiles } from '../adapters/embedded/file-audit-files.js';
import { formatArchiveLine } from '../core/archive-line.js';
import { formatReceipt, receiptLinesOf } from '../core/audit/receipt.js';
import { dayBefore } from '../core/audit/reconciler.js';
import { WHOLE, workFile } from '../core/audit/run.js';
import { encodeChunk } from '../core/chunk.js';
import { counterOf } from '../core/event.js';
import { getOrMake } from '../core/get-or-make.js';
import { DAY_MS, dayStartMs, formatInstant } from '../core/time.js';

const DAY = '2026-11-20';
const CHUNK_EVENTS = 500;
const FILE_CHUNKS = 1_000;
const SUBJECTS = 1_000;
const MEMORY_MEGABYTES = 512;
const THREADS = 2;

const eventCount = Number(process.argv[2] ?? 10_000_000);
const directory = mkdtempSync(join(tmpdir(), 'tally-bench-'));
const auditDirectory = join(directory, 'audit');
const fence = { day: DAY, runNumber: 1 };
const sums = new Map<string, { value: number }>();

/** Half of a day's events go to a thirtieth of its subjects, as in life. */
function eventAt(index: number) {
  const subject = `T-${Math.floor(((index * 7919) % SUBJECTS) ** 2 / SUBJECTS)}`;
  const timeMs = dayStartMs(DAY) + Math.floor((index / eventCount) * DAY_MS);
  const type = 'template.used';
  return {
    id: `0H2K7Q${index.toString(36).padStart(8, '0')}`,
    source: 'web-1',
    type,
    subject,
    partitionKey: counterOf(type, subject),
    timeMs,
    value: 1,
    restJson: ',"data":{"value":1,"plan":"pro","country":"AU"}',
  };
}

async function writeChunk(chunkNumber: number): Promise<{ bytes: Uint8Array; receipt: string }> {
  const first = chunkNumber * CHUNK_EVENTS;
  const count = Math.min(CHUNK_EVENTS, eventCount - first);
  const events = Array.from({ length: count }, (_, position) => eventAt(first + position));
  const chunkId = `chunk-${String(chunkNumber).padStart(10, '0')}`;
  const receivedAtMs = dayStartMs(DAY);
  const lines = events.map((event, position) =>
    formatArchiveLine(event, { receivedAtMs: event.timeMs, chunkId, position }),
  );
  for (const { type, subject, timeMs } of events) {
    const hour = formatInstant(timeMs).slice(0, 13);
    for (const counter of [type, counterOf(type, subject)])
      getOrMake(sums, `${counter}\t${hour}`, () => ({ value: 0 })).value++;
  }
  const receipt = formatReceipt(receiptLinesOf({ chunkId, stripe: 0, receivedAtMs }, events), 0);
  return { bytes: await encodeChunk(lines), receipt };
}

async function writeDay(): Promise<void> {
  const folder = join(directory, 'events', `dt=${DAY}`, 'hour=00');
  const receiptFolder = join(directory, 'receipts', `dt=${DAY}`);
  mkdirSync(folder, { recursive: true });
  mkdirSync(receiptFolder, { recursive: true });
  const chunkCount = Math.ceil(eventCount / CHUNK_EVENTS);
  for (let from = 0; from < chunkCount; from += FILE_CHUNKS) {
    const chunks: Awaited<ReturnType<typeof writeChunk>>[] = [];
    for (let at = from; at < Math.min(from + FILE_CHUNKS, chunkCount); at++)
      chunks.push(await writeChunk(at));
    const name = String(from).padStart(16, '0');
    writeFileSync(join(folder, `${name}.ndjson.gz`), Buffer.concat(chunks.map(({ bytes }) => bytes)));
    writeFileSync(join(receiptFolder, `${name}.ndjson`), chunks.map(({ receipt }) => receipt).join(''));
  }
}

async function* snapshot(): AsyncIterable<string> {
  for (const [key, { value }] of sums) yield `${key}\t${value}\t${value}\t${value}\t${value}\n`;
}

async function* nothing(): AsyncIterable<string> {
  // No corrections: everything agrees.
}

interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function measure(name: string, work: () => Promise<unknown>): Promise<Took> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(startCpu);
  const took = { wallMs: Math.round(performance.now() - startMs), cpuMs: Math.round((user + system) / 1000) };
  console.log(`${name.padEnd(14)} ${took.wallMs} ms, ${took.cpuMs} ms of CPU`);
  return took;
}

async function bareScan(): Promise<void> {
  const options = {
    dataDirectory: directory,
    database: ':memory:',
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
  };
  const db = await DuckDb.open({ ...options, firstDt: dayBefore(DAY) });
  for await (const row of db.rows('select count(*), sum(length(line)) from raw_events')) void row;
  db.close();
}

async function audit(): Promise<void> {
  const sql = new DuckDbSql({
    dataDirectory: directory,
    auditDirectory,
    memoryMegabytes: MEMORY_MEGABYTES,
    threads: THREADS,
  });
  const reconciler = await sql.openRun(fence);
  await measure('  stage', () => reconciler.stage());
  await measure('  reconcile', async () => {
    const { drift } = await reconciler.reconcile();
    if (drift.length > 0) throw new Error(`the bench's own data drifts: ${JSON.stringify(drift[0])}`);
  });
  await measure('  receipts', async () => {
    const { incomplete } = await reconciler.checkReceipts();
    if (incomplete.length > 0)
      throw new Error(`the bench's own receipts differ: ${JSON.stringify(incomplete[0])}`);
  });
  await measure('  totals', async () => {
    for await (const total of reconciler.totals()) void total;
  });
  await reconciler.close();
}

try {
  await writeDay();
  const files = new FileAuditFiles(auditDirectory);
  await files.write(workFile(fence, 'snapshot', WHOLE), snapshot());
  await files.write(workFile(fence, 'corrections', WHOLE), nothing());
  console.log(
    `${eventCount} events, ${sums.size} counter-hours, ${THREADS} threads, ${MEMORY_MEGABYTES} MB for DuckDB`,
  );
  const scan = await measure('bare scan', bareScan);
  const whole = await measure('audit', audit);
  console.log(
    `audit / scan: ${(whole.wallMs / scan.wallMs).toFixed(1)} (CPU ${(whole.cpuMs / scan.cpuMs).toFixed(1)})`,
  );
  console.log(`memory of the process at most: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
