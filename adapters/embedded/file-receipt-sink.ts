import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { formatReceipt, type ReceiptLine, type ReceiptSink } from '../../core/audit/receipt.js';
import { dayOf, type Day } from '../../core/time.js';
import { nodeFiles } from './files.js';

/**
 * Appends receipts to `receipts/dt=YYYY-MM-DD/<start>-<pid>.ndjson`, by day of arrival.
 *
 * One file per process and day, so that nobody appends behind a line that a crash has torn. Not synced: a receipt that a power
 * loss takes is a chunk without a witness, never a lost event, and a sync per request would double what a request costs.
 */
export class FileReceiptSink implements ReceiptSink {
  private file: { readonly day: Day; readonly handle: FileHandle } | null = null;
  private last: Promise<void> = Promise.resolve();
  /** True: a write failed, and may have left half a line. */
  private isTorn = false;

  public constructor(
    private readonly options: { readonly dataDirectory: string; readonly startedAtMs: number },
  ) {}

  public put(lines: readonly ReceiptLine[], failedChunkCount: number): Promise<void> {
    const writing = this.last.then(() => this.append(lines, failedChunkCount));
    // One after the other; a failed write fails its own request's receipt, not the next.
    this.last = writing.catch(() => undefined);
    return writing;
  }

  public async close(): Promise<void> {
    await this.last;
    await this.file?.handle.close();
    this.file = null;
  }

  private async append(lines: readonly ReceiptLine[], failedChunkCount: number): Promise<void> {
    const [first] = lines;
    if (first === undefined) return;
    const handle = await this.open(dayOf(first.receivedAtMs));
    const opening = this.isTorn ? '\n' : '';
    this.isTorn = true;
    await handle.appendFile(opening + formatReceipt(lines, failedChunkCount));
    this.isTorn = false;
  }

  private async open(day: Day): Promise<FileHandle> {
    if (this.file?.day === day) return this.file.handle;
    await this.file?.handle.close();
    this.file = null;
    const { dataDirectory, startedAtMs } = this.options;
    const directory = join(dataDirectory, 'receipts', `dt=${day}`);
    await nodeFiles.makeDirectory(dataDirectory, directory);
    const handle = await open(join(directory, `${startedAtMs}-${process.pid}.ndjson`), 'a');
    this.file = { day, handle };
    return handle;
  }
}
