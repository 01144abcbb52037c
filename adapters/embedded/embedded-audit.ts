/** The audit of the embedded engine, put together: for the server's nightly round and for the command line beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { AuditOptions, AuditPorts } from '../../core/audit/audit-day.js';
import type { Clock, Metrics } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import { SECOND_MS, formatInstant } from '../../core/time.js';
import { DuckDbSql } from './duckdb-reconciler.js';
import { FileAuditFiles } from './file-audit-files.js';
import { clockJump } from './high-water-clock.js';
import { LmdbCounters } from './lmdb-counters.js';
import { LmdbJournal } from './lmdb-journal.js';
import { LmdbLedger } from './lmdb-ledger.js';
import { LmdbSealWriter } from './lmdb-seal-writer.js';
import { LmdbShardScan } from './lmdb-shard-scan.js';
import { LmdbStream } from './lmdb-stream.js';
import { LmdbTotals } from './lmdb-totals.js';
import type { CountData, StreamData } from './open-data.js';

export interface EmbeddedAuditOptions {
  readonly dataDirectory: string;
  readonly countData: CountData;
  readonly streamData: StreamData;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly streamRetentionMs: number;
  /** How long to wait for counting and archive to come to the stream's end. @default 60 s */
  readonly readersMsMax?: number;
}

export interface EmbeddedAudit {
  readonly ports: AuditPorts;
  readonly options: AuditOptions;
}

export const auditDirectoryOf = (dataDirectory: string): string => join(dataDirectory, 'audit');

export function makeEmbeddedAudit(given: EmbeddedAuditOptions): EmbeddedAudit {
  const { dataDirectory, countData, streamData, clock } = given;
  const auditDirectory = auditDirectoryOf(dataDirectory);
  const ledger = new LmdbLedger(countData);
  const counters = new LmdbCounters(countData, clock);
  const stream = new LmdbStream(streamData);
  return {
    ports: {
      journals: new LmdbJournal(countData),
      shards: counters,
      counters,
      totals: new LmdbTotals(countData),
      scan: new LmdbShardScan(countData),
      ledger,
      writer: new LmdbSealWriter(countData),
      files: new FileAuditFiles(auditDirectory),
      sql: new DuckDbSql({ dataDirectory, auditDirectory }),
      stream,
      markers: ledger,
      clock,
      metrics: given.metrics,
      findSealingDoubt: async () => doubtOf(streamData),
    },
    options: {
      settings: given.settings,
      stripeCount: 1,
      streamRetentionMs: given.streamRetentionMs,
      waitForReaders: (waitedCount) =>
        waitedCount === 0
          ? waitForReaders(stream, given.readersMsMax ?? READERS_MS_MAX)
          : Promise.resolve(false),
    },
  };
}

function doubtOf(streamData: StreamData): string | null {
  const jump = clockJump(streamData);
  if (jump === null) return null;
  return (
    `the clock jumped from ${formatInstant(jump.fromMs)} to ${formatInstant(jump.toMs)}; ` +
    'if it is right now, say so with `tally clock confirm`'
  );
}

const READERS_MS_MAX = 60 * SECOND_MS;
const LOOK_EVERY_MS = 100;

/** True: both readers have passed what the stream held when this was called. */
async function waitForReaders(stream: LmdbStream, msMax: number): Promise<boolean> {
  const head = await stream.head();
  for (let waitedMs = 0; waitedMs <= msMax; waitedMs += LOOK_EVERY_MS) {
    const positions = [await stream.position('count'), await stream.position('archive')];
    if (Math.min(...positions) >= head) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}
