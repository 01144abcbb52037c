import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isArchiveFile, readArchiveFile } from '../../../adapters/embedded/archive-file.js';
import { damagedArchiveFile } from '../../../adapters/embedded/damaged-archive-file.js';
import { DuckDb } from '../../../adapters/embedded/duckdb.js';
import { collect } from '../../support/collect.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';
import { ZSTD_OF_A, ZSTD_OF_B, itWithZstd, itWithoutZstd } from '../../support/zstd.js';

const FILES = {
  'a.ndjson.gz': Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]),
  'b.ndjson.zst': Buffer.concat([ZSTD_OF_A, ZSTD_OF_B]),
};
const HOUR = 'dt=2026-11-21/hour=09';

let directory: string;
const pathOf = (name: string): string => join(directory, 'events', HOUR, name);
const write = (name: string, bytes: Uint8Array): Promise<void> => writeFile(pathOf(name), bytes);
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  await mkdir(join(directory, 'events', HOUR), { recursive: true });
  for (const [name, bytes] of Object.entries(FILES)) await write(name, bytes);
});
afterEach(() => removeDirectory(directory));

const textOf = async (name: string): Promise<string> =>
  Buffer.concat(await collect(readArchiveFile(pathOf(name)))).toString();

it.each([
  ['dt=2026-11-21/hour=09/1.ndjson.gz', true],
  ['1.ndjson.zst', true],
  ['dt=2026-11-21/hour=09/.1.ndjson.zst.part', false],
  ['.1.ndjson.gz', false],
  ['1.ndjson.gz.tmp', false],
  ['1.ndjson', false],
])('is called as a complete file of the archive: %s, %s', (path, expected) => {
  expect(isArchiveFile(path)).toBe(expected);
});

it('is read whole, chunk by chunk', async () => {
  expect(await textOf('a.ndjson.gz')).toBe('a\nb\n');
});

itWithZstd('is read whole, frame by frame', async () => {
  expect(await textOf('b.ndjson.zst')).toBe('a\nb\n');
});

it.each(['a.ndjson.gz', 'b.ndjson.zst'] as const)(
  'is not taken for whole when it is torn: %s',
  async (name) => {
    await write(name, FILES[name].subarray(0, -3));
    await expect(textOf(name)).rejects.toThrow();
  },
);

itWithoutZstd('says what it takes to read zstd', async () => {
  await expect(textOf('b.ndjson.zst')).rejects.toThrow('zstd needs Node 24 or later');
});

describe('in SQL', () => {
  let db: DuckDb;
  beforeEach(async () => {
    const options = { dataDirectory: directory, database: ':memory:', memoryMegabytes: 512, threads: 2 };
    db = await DuckDb.open(options);
  });
  afterEach(() => {
    db.close();
  });

  it('is read however it is compressed, side by side', async () => {
    const rows = await collect(db.rows('select dt, count(*) as line_count from raw_events group by dt'));
    expect(rows).toEqual([{ dt: '2026-11-21', line_count: 4n }]);
  });

  it.each(['a.ndjson.gz', 'b.ndjson.zst'])('is named if it can’t be read: %s', async (name) => {
    const cause = new Error('no such luck');
    expect((await damagedArchiveFile(db, directory, '2026-11-20', cause)).message).toBe(
      "the archive can't be read: no such luck",
    );
    await write(name, Buffer.from('damaged'));
    const { code, message } = await damagedArchiveFile(db, directory, '2026-11-20', cause);
    expect(code).toBe('audit_failed');
    expect(message).toContain(`no such luck; ${pathOf(name)} does not inflate: restore it`);
    expect((await damagedArchiveFile(db, directory, '2026-11-22', cause)).message).not.toContain(name);
  });
});
