import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { isArchiveFile, readArchiveFile } from '../../adapters/embedded/archive-file.js';
import { SLICE_MS, floorTo } from '../../core/time.js';

/** What archive files hold of one source. */
export interface ArchiveCount {
  readonly fileCount: number;
  readonly lineCount: number;
  /** Lines that are different events: duplicates are kept in the archive, but are no second event. */
  readonly distinctCount: number;
}

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
    const lines = createInterface({ input: Readable.from(readArchiveFile(file)), crlfDelay: Infinity });
    for await (const line of lines) {
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
  return names.filter(isArchiveFile).map((name) => join(directory, name));
}

const identityTextOf = ({ source, id, type, subject, partitionkey, time }: ArchivedIdentity): string =>
  JSON.stringify([source, id, type, subject, partitionkey, floorTo(Date.parse(time), SLICE_MS)]);
