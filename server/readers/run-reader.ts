/** The life of a reader thread: wait until the stream's head moves, read what there is, report, again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { MetricDeltas } from '../metric-deltas.js';
import { Signal } from '../signal.js';
import type { MessageToReader, ProgressReport } from './messages.js';

/** One of the stream's two readers. */
export interface Reader {
  /** Process the next records, if there are any. False: there were none. */
  step(): Promise<boolean>;
  /** What is due even when nothing arrives. */
  tick(): Promise<void>;
  /** Make everything that was processed durable and visible. */
  finish(): Promise<void>;
  position(): Promise<number>;
}

const TICK_MS = 1_000;

/**
 * Run a reader until it is told to stop; then it has read everything there is.
 *
 * @param gatherMs how long to wait when there is something new, so that more of it comes together.
 * @throws whatever the reader throws: the thread dies of it, and the main thread starts another, which goes on from
 * the last committed position.
 */
export async function runReader(
  port: MessagePort,
  reader: Reader,
  metrics: MetricDeltas,
  gatherMs = 0,
): Promise<void> {
  const signal = new Signal();
  let mustStop = false;
  port.on('message', (message: MessageToReader) => {
    if (message === 'stop') mustStop = true;
    signal.raise();
  });
  // A report says that something worked: the main thread takes it for recovery.
  const report = async (): Promise<void> => {
    port.postMessage({ position: await reader.position(), metrics: metrics.take() } satisfies ProgressReport);
  };
  for (;;) {
    const isStopping = mustStop;
    while (await reader.step()) await report();
    if (isStopping) break;
    await signal.wait(TICK_MS);
    if (gatherMs > 0 && !mustStop) await sleep(gatherMs);
    await reader.tick();
    await report();
  }
  await reader.finish();
  await report();
  port.close();
}
