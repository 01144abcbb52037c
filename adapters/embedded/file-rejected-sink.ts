import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RejectedLine, RejectedSink } from '../../core/ports.js';
import { dayOf, type Day } from '../../core/time.js';
import { nodeFiles, syncDirectory } from './files.js';

const NEWLINE = '\n';

/** Appends what could not be counted to `rejected/dt=YYYY-MM-DD/rejected.ndjson`, by day of rejection. */
export class FileRejectedSink implements RejectedSink {
  public constructor(private readonly dataDirectory: string) {}

  public async put(lines: readonly RejectedLine[]): Promise<void> {
    const byDay = new Map<Day, RejectedLine[]>();
    for (const line of lines) {
      const day = dayOf(line.rejectedAtMs);
      const sameDay = byDay.get(day);
      if (sameDay === undefined) byDay.set(day, [line]);
      else sameDay.push(line);
    }
    for (const [day, linesOfDay] of byDay) await this.append(day, linesOfDay);
  }

  private async append(day: Day, lines: readonly RejectedLine[]): Promise<void> {
    const directory = join(this.dataDirectory, 'rejected', `dt=${day}`);
    await nodeFiles.makeDirectory(this.dataDirectory, directory);
    const handle = await open(join(directory, 'rejected.ndjson'), 'a+');
    try {
      // A crash can leave half a line; what follows must not be glued to it.
      const opening = (await endsInsideALine(handle)) ? NEWLINE : '';
      const text = lines.map((line) => JSON.stringify(line) + NEWLINE).join('');
      await handle.appendFile(opening + text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncDirectory(directory);
  }
}

async function endsInsideALine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== NEWLINE;
}
