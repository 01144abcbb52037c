import { Worker } from 'node:worker_threads';
import { bundleSimulation, type Edit } from './bundle.js';
import type { RunReport, Scenario } from './scenario.js';

type Message = { readonly report: RunReport } | { readonly error: string };

/** Runs scenarios in worker threads, each with the simulation as bundled from some edited source. */
export class Runner {
  private constructor(private readonly workers: readonly Worker[]) {}

  public static async start(edits: readonly Edit[], threadCount: number): Promise<Runner> {
    const program = await bundleSimulation(edits);
    return new Runner(Array.from({ length: threadCount }, () => new Worker(program, { eval: true })));
  }

  /** Run one scenario, for shrinking and for traces. */
  public async run(scenario: Scenario): Promise<RunReport> {
    const [worker] = this.workers;
    if (worker === undefined) throw new RangeError('a runner has at least one thread');
    return ask(worker, scenario);
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
        waiting.set(number, await ask(worker, scenario));
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

function ask(worker: Worker, scenario: Scenario): Promise<RunReport> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: Message) => {
      worker.off('error', reject);
      if ('report' in message) resolve(message.report);
      else reject(new Error(`seed ${scenario.seed}: ${message.error}`));
    });
    worker.postMessage(scenario);
  });
}
