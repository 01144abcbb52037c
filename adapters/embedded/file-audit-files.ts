import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { inLargePieces } from '../../core/audit/large-pieces.js';
import type { AuditFiles } from '../../core/audit/ports.js';
import { syncDirectory } from './files.js';

const PART_SUFFIX = '.part';

/** The audit's files under `data/audit`: written under another name, synced and renamed, so each is whole or absent. */
export class FileAuditFiles implements AuditFiles {
  public constructor(private readonly directory: string) {}

  public async write(name: string, pieces: AsyncIterable<string>): Promise<void> {
    const path = join(this.directory, name);
    await mkdir(dirname(path), { recursive: true });
    const partPath = `${path}.${process.pid}${PART_SUFFIX}`;
    const file = await open(partPath, 'w');
    try {
      const source = Readable.from(inLargePieces(pieces));
      const append = async (bytes: AsyncIterable<Buffer>): Promise<void> => {
        for await (const piece of bytes) await file.appendFile(piece);
      };
      if (name.endsWith('.gz')) await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), append);
      else await pipeline(source, append);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partPath, path);
    await syncDirectory(dirname(path));
  }

  public async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const path = join(this.directory, name);
    return existsSync(path) ? createReadStream(path) : null;
  }

  public async list(folder: string): Promise<string[]> {
    const path = join(this.directory, folder);
    if (!existsSync(path)) return [];
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith(PART_SUFFIX))
      .map(({ name }) => `${folder}/${name}`)
      .sort();
  }
}
