import { nodeFiles, type Files, type OpenFile } from '../../../adapters/embedded/files.js';

/** Where in an operation the crash happens. In the midst of an append, half of its bytes are written. */
export type CrashMoment = 'before' | 'midst' | 'after';

/**
 * A machine that dies at its n-th operation: from then on every operation fails, as none would happen at all.
 *
 * Operations on files and, through `guard`, whatever else the test counts.
 */
export class CrashingMachine {
  private operationCount = 0;
  private readonly opened: OpenFile[] = [];
  public hasCrashed = false;
  public readonly files: Files;

  public constructor(
    private readonly crashAt: number,
    private readonly moment: CrashMoment,
  ) {
    this.files = {
      makeDirectory: (root, path) => this.guard(() => nodeFiles.makeDirectory(root, path)),
      create: (path) => this.guard(() => this.createFile(path)),
      rename: (from, to) => this.guard(() => nodeFiles.rename(from, to)),
      syncDirectory: (path) => this.guard(() => nodeFiles.syncDirectory(path)),
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
    await Promise.allSettled(this.opened.map((file) => file.close()));
  }

  private async createFile(path: string): Promise<OpenFile> {
    const file = await nodeFiles.create(path);
    this.opened.push(file);
    return {
      append: (bytes) =>
        this.guard(
          () => file.append(bytes),
          () => file.append(bytes.subarray(0, bytes.length / 2)),
        ),
      sync: () => this.guard(() => file.sync()),
      close: () => this.guard(() => file.close()),
    };
  }
}
