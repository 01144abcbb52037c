/** The thread that counts. Beside ingest, so that neither waits for the other. */
import { FileRejectedSink } from '../../adapters/embedded/file-rejected-sink.js';
import { LmdbCatalog } from '../../adapters/embedded/lmdb-catalog.js';
import { LmdbCounters } from '../../adapters/embedded/lmdb-counters.js';
import { LmdbDays } from '../../adapters/embedded/lmdb-days.js';
import { LmdbJournal } from '../../adapters/embedded/lmdb-journal.js';
import { LmdbLedger } from '../../adapters/embedded/lmdb-ledger.js';
import { openCountData } from '../../adapters/embedded/open-data.js';
import { Counting } from '../../core/count/count.js';
import { STREAM_RETENTION_MS } from '../stream-retention.js';
import { CountReader } from './count-reader.js';
import { letOthersFirst } from './let-others-first.js';
import { runReader } from './run-reader.js';
import { makeWorkerContext } from './worker-context.js';

/** Journals committed side by side share LMDB's commits, and so its waits for the disk. */
const JOURNAL_CONCURRENCY = 256;
/** Bounds the memory of a batch: with a counter for each event, what it gathers is some ten times its lines. */
const COMMIT_EVENT_COUNT_MAX = 50_000;
const CACHE_BYTES_MAX = 256 * 1024 * 1024;

letOthersFirst();
const { port, dataDirectory, settings, streamData, stream, clock, metrics } = makeWorkerContext();
const data = openCountData(dataDirectory);
const counting = new Counting(
  {
    journals: new LmdbJournal(data),
    shards: new LmdbCounters(data, clock),
    days: new LmdbDays(data),
    catalog: new LmdbCatalog(data),
    rejected: new FileRejectedSink(dataDirectory),
    metrics,
    clock,
    markers: new LmdbLedger(data),
  },
  {
    settings,
    streamRetentionMs: STREAM_RETENTION_MS,
    journalConcurrency: JOURNAL_CONCURRENCY,
    commitEventCountMax: COMMIT_EVENT_COUNT_MAX,
    cacheBytesMax: CACHE_BYTES_MAX,
  },
);
await runReader(port, new CountReader(stream, counting), metrics);
await data.environment.close();
await streamData.environment.close();
