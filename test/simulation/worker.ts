/** The program of a worker thread: does what it is sent, one thing after the other. */
import { parentPort } from 'node:worker_threads';
import { explore, type Delivery, type Exploration } from './every-await.js';
import { run } from './run.js';
import type { RunReport, Scenario } from './scenario.js';

export type Task = { readonly scenario: Scenario } | { readonly explore: Delivery; readonly depth: 1 | 2 };

export type Result =
  { readonly report: RunReport } | { readonly exploration: Exploration } | { readonly error: string };

// Failures of services are thrown by the thousand here; nobody reads where each came from.
Error.stackTraceLimit = 3;

async function perform(task: Task): Promise<Result> {
  if ('scenario' in task) return { report: await run(task.scenario) };
  return { exploration: await explore(task.explore, task.depth) };
}

parentPort?.on('message', (task: Task) => {
  perform(task).then(
    (result) => parentPort?.postMessage(result),
    (error: unknown) => {
      const result: Result = {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
      parentPort?.postMessage(result);
    },
  );
});
