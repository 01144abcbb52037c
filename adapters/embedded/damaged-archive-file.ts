import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TallyError } from '../../core/errors.js';
import { ARCHIVE_EXTENSION } from './archive-writer.js';

/** Why a reading of the archive failed: the error names the first file that does not inflate, if it is that. */
export async function damagedArchiveFile(
  dataDirectory: string,
  firstDt: string,
  cause: unknown,
): Promise<TallyError> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const damaged = await findDamaged(join(dataDirectory, 'events'), firstDt);
  const where =
    damaged === null ? '' : `; ${damaged} does not inflate: restore it, or move it away, and audit again`;
  return new TallyError('audit_failed', `the archive can't be read: ${reason}${where}`, { cause });
}

async function findDamaged(directory: string, firstDt: string): Promise<string | null> {
  const names = await readdir(directory, { recursive: true }).catch(() => [] as string[]);
  for (const name of names
    .filter((each) => each.endsWith(ARCHIVE_EXTENSION) && each >= `dt=${firstDt}`)
    .sort()) {
    const path = join(directory, name);
    if (!(await inflates(path))) return path;
  }
  return null;
}

const inflates = (path: string): Promise<boolean> =>
  pipeline(
    createReadStream(path),
    createGunzip(),
    new Writable({ write: (_chunk, _encoding, done) => done() }),
  ).then(
    () => true,
    () => false,
  );
