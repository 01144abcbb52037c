/** The thread of one nightly round: audits what is due, clears away what has expired, says what it found, ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeEmbeddedAudit } from '../../adapters/embedded/embedded-audit.js';
import { HighWaterClock } from '../../adapters/embedded/high-water-clock.js';
import { removeExpired } from '../../adapters/embedded/lmdb-housekeeping.js';
import { openCountData, openStreamData } from '../../adapters/embedded/open-data.js';
import { auditDueDays } from '../../core/audit/audit-due.js';
import type { ReaderWorkerData } from '../readers/messages.js';
import { MetricDeltas } from '../metric-deltas.js';
import { STREAM_RETENTION_MS } from '../stream-retention.js';
import { timeSourcesOf } from '../time-sources.js';
import type { AuditRoundReport } from './audit-schedule.js';

const { dataDirectory, settings, clockStart } = workerData as ReaderWorkerData;
const countData = openCountData(dataDirectory);
const streamData = openStreamData(dataDirectory);
const clock = new HighWaterClock({ data: streamData, sources: timeSourcesOf(clockStart) });
const metrics = new MetricDeltas();
try {
  const { ports, options } = makeEmbeddedAudit({
    dataDirectory,
    countData,
    streamData,
    clock,
    metrics,
    settings,
    streamRetentionMs: STREAM_RETENTION_MS,
  });
  const days = await auditDueDays(ports, options);
  await removeExpired(countData, clock.nowMs());
  parentPort?.postMessage({ days, metrics: metrics.take() } satisfies AuditRoundReport);
} finally {
  await countData.environment.close();
  await streamData.environment.close();
}
