/** The program of a worker thread: runs the scenarios it is sent, one after the other. */
import { parentPort } from 'node:worker_threads';
import { run } from './run.js';
import type { Scenario } from './scenario.js';

// Failures of services are thrown by the thousand here; nobody reads where each came from.
Error.stackTraceLimit = 3;

parentPort?.on('message', (scenario: Scenario) => {
  run(scenario).then(
    (report) => parentPort?.postMessage({ report }),
    (error: unknown) =>
      parentPort?.postMessage({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
