import type { RootDatabase } from 'lmdb';

interface WithEnvironment {
  readonly environment: RootDatabase;
}

/**
 * Run a change in a transaction; resolve with its answer once it is on disk.
 *
 * The change runs alone, over all threads and processes. Changes that wait at the same time share one commit, so
 * one that throws does *not* undo what it wrote: check everything first, write last.
 *
 * @throws {Error} the commit failed (a full disk, say): nothing of the change is stored.
 */
export async function commit<T>({ environment }: WithEnvironment, change: () => T): Promise<T> {
  try {
    return await environment.transaction(change);
  } catch (error) {
    const reason = (error as { commitError?: Promise<unknown> }).commitError;
    // lmdb prints the reason itself; left alone, this promise would end the process as an unhandled rejection.
    reason?.catch(() => undefined);
    throw error;
  }
}

/** Make the next reads see every commit made so far, by any thread or process. */
export function readFresh({ environment }: WithEnvironment): void {
  environment.resetReadTxn();
}
