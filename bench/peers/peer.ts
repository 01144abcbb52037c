import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Events of one request, as a peer gets them: all of one type. */
export interface Batch {
  readonly ids: readonly string[];
  /** The counter of each event's subject. It is to be counted in its type's counter, too, `LOAD_TYPE`. */
  readonly counters: readonly string[];
  readonly minute: number;
  readonly freshCount: number;
}

export interface RunningPeer {
  /** Count each id once, each batch durable when it is answered. */
  countAll(batches: readonly Batch[]): Promise<void>;
  /** Events counted: by all subjects' counters together, and by the type's. */
  totals(): Promise<readonly [bySubject: number, byType: number]>;
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  readonly setting: string;
  isInstalled(): boolean;
  start(directory: string): Promise<RunningPeer>;
}

export const isProgram = (name: string): boolean =>
  name.startsWith('/') ? existsSync(name) : spawnSync('which', [name]).status === 0;

/** Share batches out: each worker takes the next when it is done with one. */
export async function shareOut<W>(
  workers: readonly W[],
  batches: readonly Batch[],
  work: (worker: W, batch: Batch) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++])
        await work(worker, batch);
    }),
  );
}
