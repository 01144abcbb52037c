import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { formatReceipt, type ReceiptLine, type ReceiptSink } from '../../core/audit/receipt.js';
import { dayOf, type Day } from '../../core/time.js';
import { nodeFiles } from './files.js';

interface Batch {
  text: string;
  readonly day: Day;
  written: Promise<void>;
}

/**
 * Appends receipts to `receipts/dt=YYYY-MM-DD/<start>-<pid>.ndjson`, by day of arrival.
 *
 * One file per process and day, so that nobody appends behind a line that a crash has torn. Not synced: a receipt that a power
 * loss takes is a chunk without a witness, never a lost event, and a sync per request would double what a request costs.
 */
export class FileReceiptSink implements ReceiptSink {
  private file: { readonly day: Day; readonly handle: FileHandle } | null = null;
  /** What waits for the write before it, to be written together. */
  private waiting: Batch | null = null;
  private last: Promise<void> = Promise.resolve();
  /** True: a write failed, and may have left half a line. */
  private isTorn = false;

  public constructor(
    private readonly options: { readonly dataDirectory: string; readonly startedAtMs: number },
  ) {}

  public put(lines: readonly ReceiptLine[], failedChunkCount: number): Promise<void> {
    const [first] = lines;
    if (first === undefined) return Promise.resolve();
    const day = dayOf(first.receivedAtMs);
    const text = formatReceipt(lines, failedChunkCount);
    if (this.waiting?.day !== day) return this.begin(text, day);
    this.waiting.text += text;
    return this.waiting.written;
  }

  public async close(): Promise<void> {
    await this.last;
    await this.file?.handle.close();
    this.file = null;
  }

  /** One write after the other; a failed one fails the receipts in it, not the next. */
  private begin(text: string, day: Day): Promise<void> {
    const batch: Batch = { text, day, written: Promise.resolve() };
    batch.written = this.last.then(() => {
      if (this.waiting === batch) this.waiting = null;
      return this.append(batch.text, day);
    });
    this.waiting = batch;
    this.last = batch.written.catch(() => undefined);
    return batch.written;
  }

  private async append(text: string, day: Day): Promise<void> {
    const handle = await this.open(day);
    const opening = this.isTorn ? '\n' : '';
    this.isTorn = true;
    await handle.appendFile(opening + text);
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
