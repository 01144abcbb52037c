/** The embedded engine in one object, stepped by hand: the real stores, files and DuckDB, and a clock that a test moves. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isArchiveFile } from '../../adapters/embedded/archive-file.js';
import { ArchiveWriter } from '../../adapters/embedded/archive-writer.js';
import { DuckDbSql } from '../../adapters/embedded/duckdb-reconciler.js';
import { FileAuditFiles } from '../../adapters/embedded/file-audit-files.js';
import { FileReceiptSink } from '../../adapters/embedded/file-receipt-sink.js';
import { FileRejectedSink } from '../../adapters/embedded/file-rejected-sink.js';
import { LmdbCatalog } from '../../adapters/embedded/lmdb-catalog.js';
import { LmdbCounters } from '../../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../../adapters/embedded/lmdb-days.js';
import { LmdbJournal } from '../../adapters/embedded/lmdb-journal.js';
import { LmdbLedger } from '../../adapters/embedded/lmdb-ledger.js';
import { LmdbSealWriter } from '../../adapters/embedded/lmdb-seal-writer.js';
import { LmdbShardScan } from '../../adapters/embedded/lmdb-shard-scan.js';
import { LmdbStream } from '../../adapters/embedded/lmdb-stream.js';
import { LmdbTotals } from '../../adapters/embedded/lmdb-totals.js';
import { openCountData, openStreamData } from '../../adapters/embedded/open-data.js';
import { auditDay, type AuditOptions, type AuditPorts } from '../../core/audit/audit-day.js';
import type { TopSubject } from '../../core/audit/ports.js';
import { auditDueDays } from '../../core/audit/audit-due.js';
import type { Trust } from '../../core/audit/judge.js';
import type { DayReport } from '../../core/audit/report.js';
import { verifyChain, type VerifyReport } from '../../core/audit/verify.js';
import type { Compression } from '../../core/chunk.js';
import { Counting } from '../../core/count/count.js';
import { makeIngest, type IngestOutcome } from '../../core/ingest.js';
import { parseCounterQuery, type QueryParameters } from '../../core/query/counter-query.js';
import { queryCounter, type CounterAnswer } from '../../core/query/query-counter.js';
import type { Settings } from '../../core/settings.js';
import { DAY_MS, HOUR_MS, SLICE_MS } from '../../core/time.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeTemporaryDirectory, removeDirectory } from '../support/temporary-directory.js';

export const LATENESS_MS = 2 * HOUR_MS;

export const SETTINGS: Settings = {
  formatVersion: 1,
  laneCount: 4,
  sliceMs: SLICE_MS,
  lateness: [{ fromDay: '0000-01-01', latenessMs: LATENESS_MS }],
};

export interface EventOf {
  readonly id: string;
  readonly time: string;
  readonly source?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly partitionkey?: string;
  readonly value?: number;
}

const READ_BYTES_MAX = 8 * 1024 * 1024;

let engineCount = 0;

export class AuditEngine {
  public readonly clock: ManualClock;
  public readonly ports: AuditPorts;
  public readonly options: AuditOptions;
  public readonly countData;
  public readonly streamData;
  public readonly receipts: FileReceiptSink;
  public readonly metrics: { name: string; by: number }[] = [];
  private readonly stream: LmdbStream;
  private readonly archive: ArchiveWriter;
  private counting: Counting;
  private readonly ingest;
  private chunkCount = 0;
  private pumping: Promise<void> = Promise.resolve();

  private constructor(
    public readonly directory: string,
    startMs: number,
    settings: Settings,
    compression: Compression,
  ) {
    this.clock = new ManualClock(startMs);
    this.countData = openCountData(directory);
    this.streamData = openStreamData(directory);
    this.stream = new LmdbStream(this.streamData);
    const ledger = new LmdbLedger(this.countData);
    const counters = new LmdbCounters(this.countData, this.clock);
    const auditDirectory = join(directory, 'audit');
    const writer = new LmdbSealWriter(this.countData);
    this.receipts = new FileReceiptSink({ dataDirectory: directory, startedAtMs: startMs });
    this.ports = {
      journals: new LmdbJournal(this.countData),
      shards: counters,
      counters,
      totals: new LmdbTotals(this.countData),
      scan: new LmdbShardScan(this.countData),
      ledger,
      writer,
      files: new FileAuditFiles(auditDirectory),
      sql: new DuckDbSql({ dataDirectory: directory, auditDirectory }),
      stream: this.stream,
      markers: ledger,
      clock: this.clock,
      metrics: { add: (name, by) => void this.metrics.push({ name, by }) },
      findSealingDoubt: async () => null,
    };
    this.options = {
      settings,
      stripeCount: 1,
      streamRetentionMs: 7 * DAY_MS,
      waitForReaders: async (waitedCount) => {
        if (waitedCount === 0) await this.pump();
        return waitedCount === 0;
      },
    };
    this.archive = new ArchiveWriter({ dataDirectory: directory, stream: this.stream, clock: this.clock });
    this.counting = this.newCounting();
    engineCount += 1;
    const prefix = `chunk-${engineCount}`;
    this.ingest = makeIngest({
      stream: this.stream,
      clock: this.clock,
      days: new LmdbDays(this.countData),
      settings,
      metrics: this.ports.metrics,
      receipts: this.receipts,
      makeChunkId: () => `${prefix}-${++this.chunkCount}`,
      stripeCount: 1,
      compression,
    });
  }

  public static async start(
    startAt: string,
    settings = SETTINGS,
    compression: Compression = 'gzip',
  ): Promise<AuditEngine> {
    return new AuditEngine(await makeTemporaryDirectory(), Date.parse(startAt), settings, compression);
  }

  public async dispose(): Promise<void> {
    await this.receipts.close();
    await this.countData.environment.close();
    await this.streamData.environment.close();
    await removeDirectory(this.directory);
  }

  /** A worker that knows nothing, as after a restart. */
  public restartCounting(): void {
    this.counting = this.newCounting();
  }

  public send(events: readonly EventOf[]): Promise<IngestOutcome> {
    return this.ingest(
      events.map(({ value, ...event }) => ({
        candidate: {
          specversion: '1.0',
          source: 'test',
          type: 'used',
          data: { value: value ?? 1 },
          ...event,
        },
      })),
    );
  }

  /** Bring both readers of the stream to its end. One at a time, as an engine has one of each. */
  public pump(): Promise<void> {
    const pumped = this.pumping.then(async () => {
      await this.count();
      await this.archiveAll();
    });
    this.pumping = pumped.catch(() => undefined);
    return pumped;
  }

  public async count(): Promise<void> {
    const records = await this.stream.readAfter(await this.stream.position('count'), {
      bytesMax: READ_BYTES_MAX,
    });
    await this.counting.count(records.map(({ chunk }) => ({ bytes: chunk.bytes })));
    const last = records.at(-1);
    if (last !== undefined) await this.stream.commitPosition('count', last.sequence);
  }

  /** Passes the chunks by, as a reader that lost them would. */
  public async skipCounting(): Promise<void> {
    const head = await this.stream.head();
    if (head > 0) await this.stream.commitPosition('count', head);
  }

  public async archiveAll(): Promise<void> {
    const records = await this.stream.readAfter(await this.archive.nextAfter(), { bytesMax: READ_BYTES_MAX });
    await this.archive.write(records);
    await this.archive.rotate();
  }

  public audit(day: string, trust?: Trust, ports: Partial<AuditPorts> = {}): Promise<DayReport> {
    return auditDay({ ...this.ports, ...ports }, this.options, { day, ...(trust && { trust }) });
  }

  public auditDue(): Promise<DayReport[]> {
    return auditDueDays(this.ports, this.options);
  }

  public verify(): Promise<VerifyReport> {
    return verifyChain(this.ports.files, this.ports);
  }

  public query(type: string, parameters: QueryParameters = {}): Promise<CounterAnswer> {
    const { counters, totals, clock } = this.ports;
    return queryCounter(
      {
        counters,
        totals,
        clock,
        days: new LmdbDays(this.countData),
        freshness: { countedThroughMs: async () => this.clock.nowMs() },
        settings: this.options.settings,
        streamRetentionMs: this.options.streamRetentionMs,
      },
      parseCounterQuery(type, parameters),
    );
  }

  public top(type: string, day: string): Promise<TopSubject[] | null> {
    return new LmdbSealWriter(this.countData).readTop(type, day);
  }

  /** Complete archive files, oldest first. */
  public archiveFiles(): string[] {
    return readdirSync(join(this.directory, 'events'), { recursive: true, encoding: 'utf8' })
      .filter(isArchiveFile)
      .sort()
      .map((name) => join(this.directory, 'events', name));
  }

  private newCounting(): Counting {
    return new Counting(
      {
        journals: this.ports.journals,
        shards: this.ports.shards,
        days: new LmdbDays(this.countData),
        catalog: new LmdbCatalog(this.countData),
        rejected: new FileRejectedSink(this.directory),
        metrics: this.ports.metrics,
        clock: this.clock,
        markers: this.ports.markers as LmdbLedger,
      },
      {
        settings: this.options.settings,
        streamRetentionMs: this.options.streamRetentionMs,
        journalConcurrency: 4,
        commitEventCountMax: 10_000,
        cacheBytesMax: 1_000_000,
      },
    );
  }
}
