import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { SLICE_MS, floorTo } from '../../core/time.js';

/** What archive files hold of one source. */
export interface ArchiveCount {
  readonly fileCount: number;
  readonly lineCount: number;
  /** Lines that are different events: duplicates are kept in the archive, but are no second event. */
  readonly distinctCount: number;
}

const ARCHIVE_FILE = /^dt=\d{4}-\d{2}-\d{2}\/hour=\d{2}\/[^./][^/]*\.ndjson\.gz$/;

/** The fixed part of an archive line: what an event's identity is made of. */
interface ArchivedIdentity {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly time: string;
}

/** Count the distinct events of a source in a data directory's archive. A torn file is an error. */
export async function countArchive(dataDirectory: string, source: string): Promise<ArchiveCount> {
  const files = await archiveFiles(join(dataDirectory, 'events'));
  const identities = new Set<string>();
  let lineCount = 0;
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const event = JSON.parse(line) as ArchivedIdentity;
      if (event.source !== source) continue;
      lineCount++;
      identities.add(identityTextOf(event));
    }
  }
  return { fileCount: files.length, lineCount, distinctCount: identities.size };
}

async function archiveFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => ARCHIVE_FILE.test(name.split(sep).join('/')))
    .map((name) => join(directory, name));
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const compressed = createReadStream(file);
  const text = createGunzip();
  compressed.on('error', (error) => text.destroy(error)).pipe(text);
  yield* createInterface({ input: text, crlfDelay: Infinity });
}

const identityTextOf = ({ source, id, type, subject, partitionkey, time }: ArchivedIdentity): string =>
  JSON.stringify([source, id, type, subject, partitionkey, floorTo(Date.parse(time), SLICE_MS)]);
