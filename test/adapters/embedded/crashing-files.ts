import { truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeFiles, type Files, type OpenFile } from '../../../adapters/embedded/files.js';

/** Where in an operation the crash happens. In the midst of an append, half of its bytes are written. */
export type CrashMoment = 'before' | 'midst' | 'after';

/** A file that was made, and what of it would outlast a power cut. */
interface MadeFile {
  readonly file: OpenFile;
  path: string;
  byteCount: number;
  syncedByteCount: number;
}

/** A rename that its directory does not know of durably. */
interface UnsyncedRename {
  readonly from: string;
  readonly to: string;
}

/**
 * A machine that dies at its n-th operation: from then on every operation fails, as none would happen at all.
 *
 * Operations on files and, through `guard`, whatever else the test counts.
 */
export class CrashingMachine {
  private operationCount = 0;
  private readonly made: MadeFile[] = [];
  private unsyncedRenames: UnsyncedRename[] = [];
  public hasCrashed = false;
  public readonly files: Files;

  public constructor(
    private readonly crashAt: number,
    private readonly moment: CrashMoment,
  ) {
    this.files = {
      makeDirectory: (root, path) => this.guard(() => nodeFiles.makeDirectory(root, path)),
      create: (path) => this.guard(() => this.createFile(path)),
      rename: (from, to) => this.guard(() => this.rename(from, to)),
      syncDirectory: (path) => this.guard(() => this.syncDirectory(path)),
      remove: (path) => this.guard(() => nodeFiles.remove(path)),
      list: (path) => this.guard(() => nodeFiles.list(path)),
    };
  }

  public async guard<T>(operation: () => Promise<T>, half: () => Promise<unknown> = operation): Promise<T> {
    if (this.hasCrashed) throw new Error('the machine is down');
    this.operationCount += 1;
    if (this.operationCount !== this.crashAt) return operation();
    this.hasCrashed = true;
    if (this.moment === 'midst') await half();
    if (this.moment === 'after') await operation();
    throw new Error(`crash ${this.moment} operation ${this.crashAt}`);
  }

  /** A dead machine has no open files: after the crash, give them back to the one that runs the test. */
  public async closeFiles(): Promise<void> {
    // Most were closed in their time, and refuse to be closed again.
    await Promise.allSettled(this.made.map(({ file }) => file.close()));
  }

  /** What is on disk when the power went with the process: nothing that was not synced, bytes and names alike. */
  public async losePower(): Promise<void> {
    for (const { path, byteCount, syncedByteCount } of this.made) {
      // A file that was removed has nothing to lose.
      if (syncedByteCount < byteCount) await truncate(path, syncedByteCount).catch(() => undefined);
    }
    for (const { from, to } of this.unsyncedRenames.reverse()) await nodeFiles.rename(to, from);
  }

  private async rename(from: string, to: string): Promise<void> {
    await nodeFiles.rename(from, to);
    for (const made of this.made) if (made.path === from) made.path = to;
    this.unsyncedRenames.push({ from, to });
  }

  private async syncDirectory(path: string): Promise<void> {
    await nodeFiles.syncDirectory(path);
    this.unsyncedRenames = this.unsyncedRenames.filter(({ to }) => dirname(to) !== path);
  }

  private async createFile(path: string): Promise<OpenFile> {
    const file = await nodeFiles.create(path);
    const made: MadeFile = { file, path, byteCount: 0, syncedByteCount: 0 };
    this.made.push(made);
    const append = async (bytes: Uint8Array): Promise<void> => {
      await file.append(bytes);
      made.byteCount += bytes.length;
    };
    const sync = async (): Promise<void> => {
      await file.sync();
      made.syncedByteCount = made.byteCount;
    };
    return {
      append: (bytes) =>
        this.guard(
          () => append(bytes),
          () => append(bytes.subarray(0, bytes.length / 2)),
        ),
      sync: () => this.guard(sync),
      close: () => this.guard(() => file.close()),
    };
  }
}
