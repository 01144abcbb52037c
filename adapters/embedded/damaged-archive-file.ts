import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TallyError } from '../../core/errors.js';
import { isArchiveFile } from './archive-file.js';
import { quoted, type DuckDb } from './duckdb.js';

/** Why a reading of the archive failed: the error names the first file that DuckDB can't inflate, if it is that. */
export async function damagedArchiveFile(
  db: DuckDb,
  dataDirectory: string,
  firstDt: string,
  cause: unknown,
): Promise<TallyError> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const damaged = await findDamaged(db, join(dataDirectory, 'events'), firstDt);
  const where =
    damaged === null ? '' : `; ${damaged} does not inflate: restore it, or move it away, and audit again`;
  return new TallyError('audit_failed', `the archive can't be read: ${reason}${where}`, { cause });
}

async function findDamaged(db: DuckDb, directory: string, firstDt: string): Promise<string | null> {
  const names = await readdir(directory, { recursive: true }).catch(() => [] as string[]);
  for (const name of names.filter((each) => isArchiveFile(each) && each >= `dt=${firstDt}`).sort()) {
    const path = join(directory, name);
    if (!(await inflates(db, path))) return path;
  }
  return null;
}

const inflates = (db: DuckDb, path: string): Promise<boolean> =>
  db.run(`select count(json) from read_ndjson_objects(${quoted(path)}, ignore_errors = true)`).then(
    () => true,
    () => false,
  );
