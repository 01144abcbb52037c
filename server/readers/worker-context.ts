/** What both reader threads are built from. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { HighWaterClock } from '../../adapters/embedded/high-water-clock.js';
import { LmdbStream } from '../../adapters/embedded/lmdb-stream.js';
import { openStreamData } from '../../adapters/embedded/open-data.js';
import { MetricDeltas } from '../metric-deltas.js';
import { timeSourcesOf } from '../time-sources.js';
import type { ReaderWorkerData } from './messages.js';

export function makeWorkerContext() {
  if (parentPort === null) throw new Error('a reader runs in a worker thread, started by the server');
  const port: MessagePort = parentPort;
  const { dataDirectory, settings, clockStart } = workerData as ReaderWorkerData;
  const streamData = openStreamData(dataDirectory);
  return {
    port,
    dataDirectory,
    settings,
    streamData,
    stream: new LmdbStream(streamData),
    clock: new HighWaterClock({ data: streamData, sources: timeSourcesOf(clockStart) }),
    metrics: new MetricDeltas(),
  };
}
