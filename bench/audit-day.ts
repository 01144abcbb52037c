/** A whole day's archive and receipts on disk, as the embedded engine leaves them: what the audit benches read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatArchiveLine } from '../core/archive-line.js';
import { formatReceipt, receiptLinesOf } from '../core/audit/receipt.js';
import { encodeChunk } from '../core/chunk.js';
import type { TallyEvent } from '../core/event.js';
import { DAY_MS, dayStartMs } from '../core/time.js';
import type { BenchIo } from './bench.js';

export const DAY = '2026-11-20';
const CHUNK_EVENTS = 500;
/** About 64 MiB of text, as the archive cuts its files. */
const FILE_CHUNKS = 400;

export interface DayPlan {
  readonly eventCount: number;
  /** The event at a place in the day; asked for in order. */
  readonly eventAt: (index: number, timeMs: number) => TallyEvent;
  /** Sees each chunk once it is written. */
  readonly take: (bytes: Uint8Array, events: readonly TallyEvent[]) => Promise<void> | void;
}

/** Does some work in a directory of its own, which is gone afterwards. */
export async function inBenchDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tally-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function writeDay(directory: string, plan: DayPlan, io: BenchIo): Promise<void> {
  const files = new DayFiles(directory);
  for (let first = 0; first < plan.eventCount; first += CHUNK_EVENTS) {
    const count = Math.min(CHUNK_EVENTS, plan.eventCount - first);
    const events = Array.from({ length: count }, (_, at) =>
      plan.eventAt(first + at, timeOf(first + at, plan)),
    );
    await plan.take(await files.add(events), events);
    if (files.isFull()) io.progress(`${first + count} of ${plan.eventCount} events written`);
  }
  files.finish();
  io.progress('');
}

const timeOf = (index: number, { eventCount }: DayPlan): number =>
  dayStartMs(DAY) + Math.floor((index / eventCount) * DAY_MS);

class DayFiles {
  #chunks: Uint8Array[] = [];
  #receipts: string[] = [];
  #chunkCount = 0;

  public constructor(private readonly directory: string) {}

  public async add(events: readonly TallyEvent[]): Promise<Uint8Array> {
    if (this.isFull()) this.finish();
    const chunkId = `b7c2a9d0-6e2f-4c55-9a41-${String(this.#chunkCount++).padStart(12, '0')}`;
    const receivedAtMs = events.at(-1)?.timeMs ?? 0;
    const bytes = encodeChunk(
      events.map((event, position) => formatArchiveLine(event, { receivedAtMs, chunkId, position })),
    );
    this.#chunks.push(bytes);
    this.#receipts.push(formatReceipt(receiptLinesOf({ chunkId, stripe: 0, receivedAtMs }, events), 0));
    return bytes;
  }

  public isFull(): boolean {
    return this.#chunks.length >= FILE_CHUNKS;
  }

  public finish(): void {
    const name = String(this.#chunkCount).padStart(16, '0');
    const folders = { events: join(`dt=${DAY}`, 'hour=00'), receipts: `dt=${DAY}` };
    for (const [kind, folder] of Object.entries(folders))
      mkdirSync(join(this.directory, kind, folder), { recursive: true });
    const at = (kind: keyof typeof folders): string => join(this.directory, kind, folders[kind], name);
    writeFileSync(`${at('events')}.ndjson.gz`, Buffer.concat(this.#chunks));
    writeFileSync(`${at('receipts')}.ndjson`, this.#receipts.join(''));
    this.#chunks = [];
    this.#receipts = [];
  }
}
