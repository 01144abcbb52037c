import { Worker } from 'node:worker_threads';
import { bundleSimulation, type Edit } from './bundle.js';
import type { Delivery, Exploration } from './every-await.js';
import type { RunReport, Scenario } from './scenario.js';
import type { Result, Task } from './worker.js';

/** Runs scenarios in worker threads, each with the simulation as bundled from some edited source. */
export class Runner {
  private constructor(private readonly workers: readonly Worker[]) {}

  public static async start(edits: readonly Edit[], threadCount: number): Promise<Runner> {
    const program = await bundleSimulation(edits);
    return new Runner(Array.from({ length: threadCount }, () => new Worker(program, { eval: true })));
  }

  /** Run one scenario, for shrinking and for traces. */
  public run(scenario: Scenario): Promise<RunReport> {
    return report(this.#first, scenario);
  }

  /** Try every fault at every call of a small case. */
  public async explore(delivery: Delivery, depth: 1 | 2): Promise<Exploration> {
    const result = await ask(this.#first, { explore: delivery, depth });
    if ('exploration' in result) return result.exploration;
    throw new Error('error' in result ? result.error : 'the worker answered something else');
  }

  get #first(): Worker {
    const [worker] = this.workers;
    if (worker === undefined) throw new RangeError('a runner has at least one thread');
    return worker;
  }

  /**
   * Run scenarios on all threads. Reports come in the order of the scenarios, whatever thread was faster.
   *
   * @param onReport false: stop. Scenarios under way are run to their end, and not reported.
   */
  public async runAll(
    scenarios: Iterable<Scenario>,
    onReport: (report: RunReport) => boolean,
  ): Promise<void> {
    const remaining = numbered(scenarios);
    const waiting = new Map<number, RunReport>();
    let nextNumber = 0;
    let isOver = false;
    const work = async (worker: Worker): Promise<void> => {
      for (const { number, scenario } of remaining) {
        if (isOver) return;
        waiting.set(number, await report(worker, scenario));
        for (
          let next = waiting.get(nextNumber);
          next !== undefined && !isOver;
          next = waiting.get(nextNumber)
        ) {
          waiting.delete(nextNumber++);
          isOver = !onReport(next);
        }
      }
    };
    await Promise.all(this.workers.map(work));
  }

  public async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

function* numbered(scenarios: Iterable<Scenario>): Generator<{ number: number; scenario: Scenario }> {
  let number = 0;
  for (const scenario of scenarios) yield { number: number++, scenario };
}

async function report(worker: Worker, scenario: Scenario): Promise<RunReport> {
  const result = await ask(worker, { scenario });
  if ('report' in result) return result.report;
  throw new Error(
    `seed ${scenario.seed}: ${'error' in result ? result.error : 'the worker answered something else'}`,
  );
}

function ask(worker: Worker, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (result: Result) => {
      worker.off('error', reject);
      resolve(result);
    });
    worker.postMessage(task);
  });
}
